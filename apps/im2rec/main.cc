#include <apps/im2rec/image_list.h>
#include <apps/im2rec/pack.h>
#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>

#include <CLI/CLI.hpp>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <numeric>
#include <string>

namespace im2rec {
namespace {

using gluino::str;

enum class Exit { done = 0, failed = 1, wrong_use = 2 };

struct Options {
  std::string prefix;
  std::string root;
  bool list = false;
  FolderOptions folder{.extensions = {".jpeg", ".jpg", ".png"}};
  SplitOptions split{};
  bool shuffle = true;
  std::int64_t seed = 0;
  PackOptions pack{};
  int threads = 0;
};

// The validators of CLI11 would put their own words into the help.
CLI::Validator checked(CLI::Validator validator) { return validator.description(""); }

void add_list_options(CLI::App& app, Options& o) {
  const char* group = "Making a list";
  app.add_flag("--list", o.list, "make PREFIX.lst from the pictures in ROOT (default: pack them)")
      ->group(group);
  app.add_flag("--recursive", o.folder.recursive,
               "look into the folders of ROOT, too; each that holds pictures is a class, and its\n"
               "number, in the order of the alphabet, the label (default: off, label 0)")
      ->group(group);
  app.add_option("--exts", o.folder.extensions,
                 "what the names of pictures end in (default: .jpeg .jpg .png)")
      ->type_name("EXT")
      ->group(group);
  app.add_option("--train-ratio", o.split.train_ratio,
                 "the part of the pictures for PREFIX_train.lst; below 1, the rest is\n"
                 "PREFIX_val.lst (default: 1, all in PREFIX.lst)")
      ->type_name("RATIO")
      ->check(checked(CLI::Range(0.0, 1.0)))
      ->group(group);
  app.add_option("--test-ratio", o.split.test_ratio,
                 "the part of the pictures for PREFIX_test.lst (default: 0)")
      ->type_name("RATIO")
      ->check(checked(CLI::Range(0.0, 1.0)))
      ->group(group);
  app.add_flag_callback(
         "--no-shuffle", [&o] { o.shuffle = false; },
         "keep the order of the alphabet (default: a random order)")
      ->group(group);
  app.add_option("--seed", o.seed, "the seed of that order (default: 0)")
      ->type_name("N")
      ->group(group);
}

void add_pack_options(CLI::App& app, Options& o) {
  const char* group = "Packing";
  app.add_flag("--pass-through", o.pack.pass_through,
               "keep the files' bytes as they are, without decoding (default: off)")
      ->group(group);
  app.add_option("--resize", o.pack.resize,
                 "make the shorter edge this many pixels long (default: 0, as it is)")
      ->type_name("PIXELS")
      ->check(checked(CLI::Range(0, 1 << 16)))
      ->group(group);
  app.add_flag("--center-crop", o.pack.center_crop,
               "cut out the square in the middle before resizing (default: off)")
      ->group(group);
  app.add_option("--encoding", o.pack.encoding, "how to encode (default: .jpg)")
      ->type_name(".jpg|.png")
      ->check(checked(CLI::IsMember({".jpg", ".png"})))
      ->group(group);
  app.add_option("--quality", o.pack.quality,
                 "JPEG: 1, small, to 100, good; PNG: compression 0, fast, to 9, small\n"
                 "(default: 95 or 3)")
      ->type_name("N")
      ->check(checked(CLI::Range(0, 100)))
      ->group(group);
  app.add_option("--color", o.pack.color,
                 "1: three channels; 0: grey; -1: as the picture is (default: 1)")
      ->type_name("-1|0|1")
      ->check(checked(CLI::IsMember({-1, 0, 1})))
      ->group(group);
  app.add_flag("--pack-label", o.pack.pack_label,
               "write all labels of a line (default: the first one)")
      ->group(group);
  app.add_flag("--skip-unreadable", o.pack.skip_unreadable,
               "go on without pictures that cannot be read (default: stop, nothing written)")
      ->group(group);
  app.add_option("--num-thread", o.threads,
                 "threads to work with; the files are the same for any number\n"
                 "(default: one per processor)")
      ->type_name("N")
      ->check(checked(CLI::Range(1, 1024)))
      ->group(group);
}

void make_lists(const Options& o) {
  Folder folder = read_folder(o.root, o.folder);
  gluino::check(!folder.images.empty(), o.root, ": expected pictures, found none",
                o.folder.recursive ? "" : "; --recursive looks into folders, too");
  if (o.shuffle) {
    gluino::random::seed(o.seed);
    std::vector<std::int64_t> order(folder.images.size());
    std::iota(order.begin(), order.end(), 0);
    gluino::random::shuffle(order);
    std::vector<ListedImage> shuffled;
    shuffled.reserve(order.size());
    for (const std::int64_t i : order) {
      shuffled.push_back(std::move(folder.images[static_cast<std::size_t>(i)]));
    }
    folder.images = std::move(shuffled);
  }
  for (std::size_t i = 0; o.folder.recursive && i < folder.classes.size(); ++i) {
    std::printf("%s %zu\n", folder.classes[i].c_str(), i);
  }
  for (const std::string& name : write_lists(o.prefix, folder.images, o.split)) {
    std::printf("wrote %s\n", name.c_str());
  }
}

void pack_lists(const Options& o) {
  gluino::set_num_threads(o.threads);
  for (const std::string& list : find_lists(o.prefix)) {
    const std::string stem = list.substr(0, list.size() - std::string(".lst").size());
    const PackResult result =
        pack(gluino::io::read_picture_list(list), o.root, stem + ".rec", stem + ".idx", o.pack);
    for (const std::string& error : result.unreadable) {
      std::fprintf(stderr, "im2rec: left out: %s\n", error.c_str());
    }
    std::printf("packed %lld pictures into %s.rec and %s.idx\n",
                static_cast<long long>(result.packed), stem.c_str(), stem.c_str());
  }
}

int end(Exit code, const std::string& message) {
  std::fprintf(stderr, "im2rec: %s\n", message.c_str());
  return static_cast<int>(code);
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Packs pictures into a RecordIO file, from which ImageRecordIter, here and in MXNet, takes\n"
      "them. First a list, then the packing:\n"
      "  im2rec --list --recursive PREFIX ROOT\n"
      "  im2rec --resize 256 PREFIX ROOT"};
  app.set_version_flag("--version", "im2rec " IM2REC_VERSION);
  app.add_option("PREFIX", options.prefix,
                 "what the names of the list and of the .rec and .idx files begin with")
      ->required();
  app.add_option("ROOT", options.root, "the folder of the pictures")->required();
  add_list_options(app, options);
  add_pack_options(app, options);
  app.footer("Exit codes: 0 done, 1 failed, 2 wrong use.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return end(Exit::wrong_use, error.what());
  }
  options.list ? make_lists(options) : pack_lists(options);
  gluino::check(std::fflush(stdout) == 0, "standard output: cannot be written");
  return static_cast<int>(Exit::done);
}

}  // namespace
}  // namespace im2rec

int main(int argc, char** argv) {
  // CLI11 reads numbers by it.
  std::setlocale(LC_NUMERIC, "C");
  // A closed pipe and a limit on files are errors of write(), not reasons to die.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return im2rec::run(argc, argv);
  } catch (const std::exception& error) {
    return im2rec::end(im2rec::Exit::failed, error.what());
  }
}
