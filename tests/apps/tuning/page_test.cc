#include <apps/tuning/support.h>

// docs/tuning.md: its commands, one after the other, as a reader types them.
namespace digits_test {
namespace {

std::vector<std::string> commands(const std::string& page) {
  std::vector<std::string> blocks;
  bool is_inside = false;
  for (const std::string& line : lines(page)) {
    if (line == "```sh") {
      is_inside = true;
      blocks.emplace_back();
    } else if (line.starts_with("```")) {
      is_inside = false;
    } else if (is_inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

void write_program(const std::string& path, const std::string& text) {
  gluino::write_file(path, text);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

// What takes the place of programs that a test has no use for. They know whether what they are told
// leads anywhere: files must be there, and arguments such that `digits` takes them.
void write_stand_ins(const std::string& folder) {
  write_program(folder + "/docker", R"(#!/bin/sh
set -e
case $1 in
  build) test "$2" = -f && test -s "$3" && test "$4 $5 $6" = "-t digits:0.1 ." ;;
  run)
    shift
    while [ "$1" != digits:0.1 ]; do shift; done
    shift
    if [ "$1" != serve ]; then exec digits "$@"; fi
    mkfifo said
    digits "$@" --port 0 > said 2> errors &
    head -n 1 said | grep -q '^listening on http://0.0.0.0:'
    kill $!
    wait $!
    ;;
  *) exit 2 ;;
esac
)");
  write_program(folder + "/kubectl", R"(#!/bin/sh
set -e
case $1 in
  apply) test "$2" = -f && grep -q '^apiVersion: ' "$3" ;;
  get) grep -qi "^kind: $2" deploy/kubernetes/*.yaml && grep -q "^  name: $3\$" deploy/kubernetes/*.yaml ;;
  logs) grep -q "^  name: ${2#*/}\$" deploy/kubernetes/*.yaml ;;
  *) exit 2 ;;
esac
)");
}

TEST(TuningPage, EveryCommandDoesWhatThePageSays) {
  const SmallMnist mnist;
  const TempFolder home;
  const TempFolder folder;
  std::filesystem::create_directories(home / "datasets");
  std::filesystem::create_directory_symlink(mnist.folder.path(), home / "datasets/mnist");
  std::filesystem::create_directory(folder / "bin");
  std::filesystem::create_symlink(DIGITS_PROGRAM, folder / "bin/digits");
  std::filesystem::create_symlink(kProject + "Containerfile", folder / "Containerfile");
  std::filesystem::create_directory_symlink(kProject + "deploy", folder / "deploy");
  write_stand_ins(folder / "bin");

  const auto blocks = commands(read(kProject + "docs/tuning.md"));
  EXPECT_GE(blocks.size(), 8U);
  for (const std::string& block : blocks) {
    const Result result = run({"-ec", "cd " + folder.path() + "\n" + block},
                              {.program = "/bin/sh",
                               .environment = {{"PATH", folder / "bin" + ":" + std::getenv("PATH")},
                                               {"MXNET_HOME", home.path()}}});
    EXPECT_EQ(result.code, 0) << block << result.out << result.err;
  }
  EXPECT_TRUE(exists(folder / "best.params"));
  EXPECT_EQ(count_of(log_of(folder / "third-search"), "finished"), 6);
  EXPECT_EQ(log_of(folder / "second-search")[0].at("method"), "asha");
}

// What the page shows of the log is what training says.
TEST(TuningPage, ShowsTheLogAsItIs) {
  const SmallMnist mnist;
  const Result result =
      run(words("train --net mlp --epochs 1 --log mxnet", {"--data", mnist.folder.path()}));
  const std::string page = read(kProject + "docs/tuning.md");
  int shown = 0;
  for (const std::string& line : lines(result.out)) {
    if (!line.starts_with("Epoch")) continue;
    EXPECT_NE(page.find(line.substr(0, line.find('=') + 1)), std::string::npos) << line;
    ++shown;
  }
  EXPECT_EQ(shown, 5);
}

}  // namespace
}  // namespace digits_test
