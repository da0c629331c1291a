#include <gluino/base/context.h>
#include <gluino/base/dtype.h>
#include <gluino/base/error.h>
#include <gtest/gtest.h>

#include <sstream>

namespace gluino {
namespace {

TEST(DType, NamesCodesAndSizes) {
  const struct {
    DType dtype;
    const char* name;
    std::int32_t code;
    std::size_t size;
  } all[] = {{float32, "float32", 0, 4}, {float64, "float64", 1, 8}, {float16, "float16", 2, 2},
             {uint8, "uint8", 3, 1},     {int32, "int32", 4, 4},     {int8, "int8", 5, 1},
             {int64, "int64", 6, 8},     {boolean, "bool", 7, 1},    {bfloat16, "bfloat16", 12, 2}};
  for (const auto& [dtype, name, code, size] : all) {
    EXPECT_EQ(to_string(dtype), name);
    EXPECT_EQ(parse_dtype(name), dtype);
    EXPECT_EQ(dtype_from_code(code), dtype);
    EXPECT_EQ(static_cast<std::int32_t>(dtype), code);
    EXPECT_EQ(size_of(dtype), size);
    EXPECT_EQ(dispatch(dtype, []<class T>() { return dtype_of<T>::value; }), dtype);
  }
}

TEST(DType, RefusesOthers) {
  EXPECT_THROW(parse_dtype("float"), Error);
  EXPECT_THROW(parse_dtype(""), Error);
  for (const int code : {-1, 8, 9, 10, 11, 13, 1000}) EXPECT_THROW(dtype_from_code(code), Error);
  EXPECT_THROW(dispatch(static_cast<DType>(99), []<class T>() { return sizeof(T); }), Error);
}

TEST(DType, RealTypesAreTheNativeOnes) {
  const auto width = [](DType dtype) {
    return dispatch_real(dtype, "test", []<class T>() { return sizeof(T); });
  };
  EXPECT_EQ(width(float32), 4U);
  EXPECT_EQ(width(float64), 8U);
  EXPECT_THROW(width(float16), Error);
  EXPECT_THROW(width(int32), Error);
}

TEST(Context, TextAndBack) {
  EXPECT_EQ(cpu().to_string(), "cpu(0)");
  EXPECT_EQ(gpu(3).to_string(), "gpu(3)");
  EXPECT_EQ(Context::parse("cpu"), cpu(0));
  EXPECT_EQ(Context::parse("gpu"), gpu(0));
  EXPECT_EQ(Context::parse("cpu(12)"), cpu(12));
  EXPECT_EQ(Context::parse("gpu(1)"), gpu(1));
  std::ostringstream out;
  out << cpu(1);
  EXPECT_EQ(out.str(), "cpu(1)");
  for (const char* text : {"", "tpu", "cp", "cpu()", "cpu(", "cpu)", "cpu(-1)", "cpu(1", "cpu(1))",
                           "cpu( 1)", "cpu(1x)", "cpu1", "CPU(0)", "cpu(99999999999)"}) {
    EXPECT_THROW(Context::parse(text), Error) << text;
  }
}

TEST(Context, AGpuThatIsNotThereIsAClearError) {
  EXPECT_NO_THROW(check_available(cpu(7)));
  EXPECT_THROW(check_available(cpu(-1)), Error);
  try {
    check_available(gpu(num_gpus()));
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("gpu("), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("cpu(0)"), std::string::npos);
  }
}

TEST(Error, MessagesAreMadeOfTheirParts) {
  EXPECT_EQ(str("a ", 1, ' ', 2.5), "a 1 2.5");
  EXPECT_NO_THROW(check(true, "never"));
  try {
    check(false, "expected ", 3, ", got ", 4);
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "expected 3, got 4");
  }
}

}  // namespace
}  // namespace gluino
