#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

namespace gluino::testing {

struct Ended {
  int code = 0;
  std::string output;
};

/// Runs the current test once more, as `workers` processes under mpirun, each of which calls
/// `body`; and tells how they ended. In such a process it calls `body` and gives nothing of
/// interest.
inline Ended on_workers(int workers, const std::function<void()>& body) {
  if (const char* given = std::getenv("GLUINO_TEST_WORKERS")) {
    if (std::stoi(given) == workers) body();
    return {};
  }
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  const std::string output =
      (std::filesystem::temp_directory_path() / ("gluino-workers-" + std::to_string(getpid())))
          .string();
  std::ostringstream command;
  // In a part of the tests (GTEST_TOTAL_SHARDS) it would be another part's.
  command << "env -u GTEST_TOTAL_SHARDS -u GTEST_SHARD_INDEX OMPI_ALLOW_RUN_AS_ROOT=1 "
             "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 GLUINO_NUM_THREADS=1 "
          << "GLUINO_TEST_WORKERS=" << workers
          << " ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 timeout 120 mpirun --oversubscribe "
          << "--bind-to none -n " << workers << " '"
          << std::filesystem::read_symlink("/proc/self/exe").string() << "' --gtest_filter='"
          << test.test_suite_name() << "." << test.name() << "' > " << output << " 2>&1";
  const int status = std::system(command.str().c_str());
  std::ostringstream text;
  text << std::ifstream(output).rdbuf();
  std::filesystem::remove(output);
  // A filter that finds nothing would end well, too.
  EXPECT_NE(text.str().find("Running 1 test from 1 test suite"), std::string::npos) << text.str();
  return {WEXITSTATUS(status), text.str()};
}

/// The same, where all is to go well.
inline void on_good_workers(int workers, const std::function<void()>& body) {
  const Ended ended = on_workers(workers, body);
  EXPECT_EQ(ended.code, 0) << ended.output;
}

}  // namespace gluino::testing
