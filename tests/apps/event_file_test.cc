#include <apps/digits/reports/event_file.h>
#include <apps/digits/reports/wire_format.h>
#include <apps/program.h>
#include <gluino/base/error.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <set>

namespace digits_test {
namespace {

using digits::reports::EventFile;

// A reader of its own, from TensorFlow's description of the format.

// CRC-32C, bit by bit.
std::uint32_t crc32c(const std::string& bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0);
  }
  return ~crc;
}

std::uint64_t number_at(const std::string& bytes, std::size_t at, int size) {
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes.at(at + std::size_t(i)))} << (8 * i);
  }
  return value;
}

bool has_checksum(const std::string& bytes, std::uint64_t found) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U == found;
}

// The whole records of a file, until one is cut off.
std::vector<std::string> records(const std::string& file) {
  std::vector<std::string> result;
  for (std::size_t at = 0; at + 12 <= file.size();) {
    const std::string length = file.substr(at, 8);
    EXPECT_TRUE(has_checksum(length, number_at(file, at + 8, 4))) << "length at " << at;
    const std::uint64_t size = number_at(file, at, 8);
    if (at + 12 + size + 4 > file.size()) break;
    result.push_back(file.substr(at + 12, size));
    EXPECT_TRUE(has_checksum(result.back(), number_at(file, at + 12 + size, 4))) << "at " << at;
    at += 12 + size + 4;
  }
  return result;
}

struct Field {
  int number = 0;
  std::uint64_t value = 0;
  std::string bytes;
};

std::vector<Field> fields(const std::string& message) {
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.at(at++));
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
  };
  std::vector<Field> result;
  while (at < message.size()) {
    const std::uint64_t tag = varint();
    Field field{static_cast<int>(tag >> 3), 0, ""};
    const int wire = static_cast<int>(tag & 7);
    if (wire == 0) {
      field.value = varint();
    } else if (wire == 1 || wire == 5) {
      const int size = wire == 1 ? 8 : 4;
      field.value = number_at(message, at, size);
      at += std::size_t(size);
    } else {
      EXPECT_EQ(wire, 2);
      const std::uint64_t size = varint();
      field.bytes = message.substr(at, size);
      EXPECT_EQ(field.bytes.size(), size);
      at += size;
    }
    result.push_back(field);
  }
  return result;
}

Field field(const std::string& message, int number) {
  for (const Field& each : fields(message)) {
    if (each.number == number) return each;
  }
  ADD_FAILURE() << "no field " << number;
  return {};
}

double as_float(const Field& field) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
}
double as_double(const Field& field) { return std::bit_cast<double>(field.value); }

std::vector<double> doubles(const Field& field) {
  std::vector<double> values;
  for (std::size_t i = 0; i < field.bytes.size(); i += 8) {
    values.push_back(std::bit_cast<double>(number_at(field.bytes, i, 8)));
  }
  return values;
}

// The one value of an event: its tag, then what it is.
std::string value_of(const std::string& event) { return field(field(event, 5).bytes, 1).bytes; }

TEST(EventFile, ChecksumsAreThoseOfTheStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);  // the standard's check value
  for (const std::string& text :
       {std::string("123456789"), std::string(), std::string(300, '\xff')}) {
    EXPECT_TRUE(has_checksum(text, digits::reports::masked_checksum(text)));
  }
}

TEST(EventFile, NumbersAreWrittenAsProtocolBuffersDo) {
  digits::reports::Message message;
  message.add_integer(1, 150).add_bytes(2, "testing").add_integer(15, 0).add_integer(16, -1);
  // The first two are the examples of its documentation.
  EXPECT_EQ(message.bytes().substr(0, 12), "\x08\x96\x01\x12\x07testing");
  EXPECT_EQ(field(message.bytes(), 15).value, 0U);
  EXPECT_EQ(field(message.bytes(), 16).value, ~std::uint64_t{0});
  digits::reports::Message numbers;
  numbers.add_float(3, -1.5F).add_double(4, 1e300);
  EXPECT_EQ(as_float(field(numbers.bytes(), 3)), -1.5);
  EXPECT_EQ(as_double(field(numbers.bytes(), 4)), 1e300);
}

TEST(EventFile, HoldsWhatWasAdded) {
  const TempFolder folder;
  EventFile file(folder.path());
  EXPECT_NE(file.path().find("/events.out.tfevents."), std::string::npos);
  file.add_scalar(1, "loss/training", 0.25);
  file.add_scalar(300, "accuracy", std::numeric_limits<double>::quiet_NaN());
  const std::string png = std::string("\x89PNG\0bytes", 10);
  file.add_image(2, "digits", png, 28, 14);
  const auto events = records(read(file.path()));
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(field(events[0], 3).bytes, "brain.Event:2");
  for (const std::string& event : events) EXPECT_GT(as_double(field(event, 1)), 1e9) << "the time";
  EXPECT_EQ(field(events[1], 2).value, 1U);
  EXPECT_EQ(field(value_of(events[1]), 1).bytes, "loss/training");
  EXPECT_EQ(as_float(field(value_of(events[1]), 2)), 0.25);
  EXPECT_EQ(field(events[2], 2).value, 300U);
  EXPECT_TRUE(std::isnan(as_float(field(value_of(events[2]), 2))));
  const std::string image = field(value_of(events[3]), 4).bytes;
  EXPECT_EQ(field(image, 1).value, 14U) << "the height";
  EXPECT_EQ(field(image, 2).value, 28U);
  EXPECT_EQ(field(image, 4).bytes, png);
}

TEST(EventFile, HistogramsCountEachValueOnce) {
  const TempFolder folder;
  EventFile file(folder.path());
  std::vector<float> values;
  for (int i = 0; i < 1000; ++i) values.push_back(float(i % 37) * 0.1F - 2);
  const float infinity = std::numeric_limits<float>::infinity();
  values.insert(values.end(), {infinity, -infinity, std::nanf("")});
  file.add_histogram(1, "weights", values);
  file.add_histogram(1, "constant", std::vector<float>(7, 3.0F));
  file.add_histogram(1, "nothing", std::vector<float>{infinity});
  const auto events = records(read(file.path()));
  ASSERT_EQ(events.size(), 3U) << "no histogram of nothing";
  for (const auto& [event, count, low, high] :
       {std::tuple(events[1], 1000.0, -2.0, 1.6), std::tuple(events[2], 7.0, 3.0, 3.0)}) {
    const std::string histogram = field(value_of(event), 5).bytes;
    EXPECT_NEAR(as_double(field(histogram, 1)), low, 1e-6);
    EXPECT_NEAR(as_double(field(histogram, 2)), high, 1e-6);
    EXPECT_EQ(as_double(field(histogram, 3)), count);
    const auto limits = doubles(field(histogram, 6));
    const auto counts = doubles(field(histogram, 7));
    ASSERT_EQ(limits.size(), counts.size());
    EXPECT_TRUE(std::is_sorted(limits.begin(), limits.end()));
    double sum = 0;
    for (const double each : counts) sum += each;
    EXPECT_EQ(sum, count);
  }
}

TEST(EventFile, SeveralWritersHaveFilesOfTheirOwn) {
  const TempFolder folder;
  std::set<std::string> paths;
  for (int i = 0; i < 5; ++i) paths.insert(EventFile(folder.path()).path());
  EXPECT_EQ(paths.size(), 5U);
  EXPECT_THROW(EventFile(folder / "missing"), gluino::Error);
}

std::string only_file(const std::string& folder) {
  std::string path;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    EXPECT_EQ(path, "") << "more than one file";
    path = entry.path();
  }
  return path;
}

TEST(DigitsTensorBoard, TrainingWritesEpochByEpoch) {
  const SmallMnist data;
  const TempFolder out;
  const Result result = run(words("train --net mlp --epochs 3 --tensorboard",
                                  {out / "new/logs", "--data", data.folder.path(), "--json"}));
  ASSERT_EQ(result.code, 0) << result.err;
  std::map<std::string, std::map<std::uint64_t, double>> scalars;
  std::set<std::string> tags;
  for (const std::string& event : records(read(only_file(out / "new/logs")))) {
    if (fields(event).size() < 3) continue;  // the version
    const std::string tag = field(value_of(event), 1).bytes;
    tags.insert(tag);
    for (const Field& each : fields(value_of(event))) {
      if (each.number == 2) scalars[tag][field(event, 2).value] = as_float(each);
    }
  }
  const Json last = last_json(result);
  for (const char* tag : {"accuracy/training", "accuracy/validation", "loss/training",
                          "loss/validation", "learning rate"}) {
    EXPECT_EQ(scalars[tag].size(), 3U) << tag;
  }
  EXPECT_NEAR(scalars["accuracy/validation"][3], last["test_accuracy"].get<double>(), 1e-6);
  EXPECT_NEAR(scalars["loss/training"][3], last["train_loss"].get<double>(), 1e-6);
  EXPECT_LT(scalars["learning rate"][3], scalars["learning rate"][1]);
  EXPECT_EQ(tags.count("training digits"), 1U);
  EXPECT_EQ(std::count_if(tags.begin(), tags.end(),
                          [](const std::string& tag) { return tag.starts_with("weights/"); }),
            6)
      << "three layers with weight and bias";
}

TEST(DigitsTensorBoard, AKilledTrainingLeavesWhatItWrote) {
  const SmallMnist data;
  const TempFolder out;
  {
    Program program(words("train --net mlp --epochs 100000 --tensorboard",
                          {out.path(), "--data", data.folder.path()}));
    ASSERT_TRUE(program.says("epoch 5/"));
  }  // killed
  const std::string file = read(only_file(out.path()));
  const auto events = records(file);
  EXPECT_GE(events.size(), 2 + 4 * 12U);
  std::size_t whole = 0;
  for (const std::string& event : events) whole += event.size() + 16;
  EXPECT_EQ(whole, file.size()) << "nothing is cut off";
}

TEST(DigitsTensorBoard, WrongUseIsTold) {
  const TempFolder out;
  gluino::write_file(out / "file", "");
  const Result result = run({"train", "--tensorboard", out / "file", "--data", "synthetic"});
  EXPECT_EQ(result.code, 2);
  expect_sentence(result, "expected a folder, or a place for one");
}

}  // namespace
}  // namespace digits_test
