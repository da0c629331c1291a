#include <apps/tuning/support.h>

#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

// The container's file without a container: what it names is there, and what it must have it has.
namespace digits_test {
namespace {

struct Instruction {
  std::string name;
  std::string rest;
};

// The stages of a Containerfile, each with its instructions; lines that end in \ are joined.
std::vector<std::vector<Instruction>> stages() {
  std::vector<std::vector<Instruction>> result;
  std::string joined;
  for (const std::string& line : lines(read(kProject + "Containerfile"))) {
    if (line.starts_with('#')) continue;
    joined += line;
    if (joined.ends_with('\\')) {
      joined.pop_back();
      continue;
    }
    if (!joined.empty()) {
      const std::size_t space = joined.find(' ');
      Instruction one{joined.substr(0, space), joined.substr(space + 1)};
      if (one.name == "FROM") result.emplace_back();
      result.back().push_back(std::move(one));
    }
    joined.clear();
  }
  return result;
}

std::string all_of(const std::vector<Instruction>& stage, const std::string& name) {
  std::string text;
  for (const Instruction& one : stage) {
    if (one.name == name) text += one.rest + "\n";
  }
  return text;
}

// The packages of a group of tools/packages.txt, each with its alternatives.
std::vector<std::vector<std::string>> packages(const std::string& group) {
  std::vector<std::vector<std::string>> result;
  for (const std::string& line : lines(read(kProject + "tools/packages.txt"))) {
    if (!line.starts_with(group + " ")) continue;
    auto& names = result.emplace_back(1);
    for (const char c : line.substr(group.size() + 1)) {
      c == '|' ? void(names.emplace_back()) : names.back().push_back(c);
    }
  }
  return result;
}

std::string output_of(const std::string& command) {
  const TempFolder folder;
  const std::string file = folder / "out";
  EXPECT_EQ(std::system((command + " > " + file + " 2>/dev/null").c_str()), 0) << command;
  return read(file);
}

TEST(Container, CopiesWhatIsThereAndNotIgnored) {
  const auto ignored = lines(read(kProject + ".dockerignore"));
  for (const auto& stage : stages()) {
    for (const Instruction& one : stage) {
      if (one.name != "COPY" || one.rest.starts_with("--from")) continue;
      auto paths = words(one.rest);
      paths.pop_back();
      for (const std::string& path : paths) {
        EXPECT_TRUE(exists(kProject + path)) << path;
        EXPECT_EQ(std::count(ignored.begin(), ignored.end(), path), 0) << path;
      }
    }
  }
  // What a build reads must come along; what it writes must not.
  for (const char* needed : {"apps", "gluino", "cmake", "tools", "tests", "examples", "benchmarks",
                             "CMakeLists.txt", "CMakePresets.json", "Makefile", "README.md"}) {
    EXPECT_TRUE(exists(kProject + needed)) << needed;
    EXPECT_EQ(std::count(ignored.begin(), ignored.end(), needed), 0) << needed;
  }
  for (const char* written : {"build", ".git"}) {
    EXPECT_EQ(std::count(ignored.begin(), ignored.end(), written), 1) << written;
  }
}

TEST(Container, InstallsByTheOneListOfPackages) {
  const std::string file = read(kProject + "Containerfile");
  EXPECT_EQ(file.find("apt-get"), std::string::npos) << "tools/setup does that";
  const std::regex setup("RUN /?tools/setup ([a-z]+)");
  std::set<std::string> groups;
  for (std::sregex_iterator match(file.begin(), file.end(), setup), end; match != end; ++match) {
    groups.insert((*match)[1]);
  }
  EXPECT_EQ(groups, (std::set<std::string>{"build", "run"}));
  for (const std::string& group : groups) EXPECT_FALSE(packages(group).empty()) << group;
}

TEST(Container, BuildsAsTheReadmeSays) {
  const std::string makefile = read(kProject + "Makefile");
  const std::string run = all_of(stages().front(), "RUN");
  std::smatch target;
  ASSERT_TRUE(std::regex_search(run, target, std::regex("make ([a-z]+)")));
  EXPECT_NE(makefile.find(gluino::str("\n", target[1].str(), ":")), std::string::npos);
  EXPECT_NE(read(kProject + "README.md").find("make " + target[1].str()), std::string::npos);
}

TEST(Container, RunsTheProgramAsAUserWithoutRights) {
  const auto last = stages().back();
  EXPECT_GE(stages().size(), 2U) << "compilers stay behind";
  EXPECT_EQ(all_of(last, "ENTRYPOINT"), "[\"digits\"]\n") << "no shell takes the signals";
  EXPECT_EQ(Json::parse(all_of(last, "CMD")), Json::parse("[\"--help\"]"));
  const std::string user = all_of(last, "USER");
  EXPECT_GT(std::stoi(user), 0);
  EXPECT_NE(all_of(last, "RUN").find("--uid " + std::to_string(std::stoi(user))),
            std::string::npos);
  for (const char* manifest :
       {"experiment", "train", "serve", "processes", "processes-experiment"}) {
    EXPECT_NE(read(kProject + "deploy/kubernetes/" + manifest + ".yaml").find("runAsUser: " + user),
              std::string::npos)
        << manifest;
  }
  for (const auto& stage : stages()) {
    const std::string from = all_of(stage, "FROM");
    EXPECT_TRUE(std::regex_search(from, std::regex("^debian:12(-slim)?( AS [a-z]+)?\n$"))) << from;
  }
}

// Of every library that the program needs there is the package, here as there.
TEST(Container, HasTheLibrariesOfTheProgram) {
  if (std::system("command -v ldd dpkg-query readlink >/dev/null 2>&1") != 0 ||
      !exists("/etc/debian_version")) {
    GTEST_SKIP() << "no Debian";
  }
  std::set<std::string> granted = {"libc6", "libstdc++6", "libgcc-s1"};
  for (const auto& names : packages("run")) granted.insert(names.begin(), names.end());
  const std::string program = DIGITS_PROGRAM;
  std::vector<std::string> files = {program};
  // A sanitized program has the library in it.
  const std::string libraries =
      output_of("ldd " + program + " | sed -n 's/.*libgluino[^ ]* => \\([^ ]*\\).*/\\1/p'");
  for (const std::string& library : lines(libraries)) files.push_back(library);
  std::set<std::string> needed;
  for (const std::string& file : files) {
    const std::string command = "objdump -p " + file + " | sed -n 's/ *NEEDED *//p'";
    for (const std::string& name : lines(output_of(command))) needed.insert(name);
  }
  EXPECT_GT(needed.size(), 5U);
  const auto places = lines(output_of("ldd " + program));
  for (const std::string& name : needed) {
    if (name.starts_with("libgluino") || name.starts_with("ld-linux")) continue;
    // A sanitizer's library is the compiler's, and in no product.
    if (name.starts_with("libasan") || name.starts_with("libubsan") ||
        name.starts_with("libtsan")) {
      continue;
    }
    const auto place = std::find_if(places.begin(), places.end(), [&](const std::string& line) {
      return line.starts_with(gluino::str("\t", name, " => "));
    });
    ASSERT_NE(place, places.end()) << name;
    const std::string path = words(*place).at(2);
    // Packages name their files without the links /lib -> /usr/lib.
    const std::string owner =
        output_of("dpkg-query -S \"*/$(basename $(readlink -f " + path + "))\"");
    std::set<std::string> owners;
    for (const std::string& line : lines(owner)) owners.insert(line.substr(0, line.find(':')));
    const bool is_granted = std::any_of(owners.begin(), owners.end(), [&](const auto& package) {
      return granted.contains(package);
    });
    EXPECT_TRUE(is_granted) << name << " is of " << owner << ", which group run lacks";
  }
}

}  // namespace
}  // namespace digits_test
