#include <fcntl.h>
#include <foreign_locale.h>
#include <gluino/io/net/download.h>
#include <gluino/io/net/sha1.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include "io/http_server.h"

namespace gluino::io {
namespace {

using std::filesystem::exists;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// `printf 'The quick brown fox jumps over the lazy dog' | sha1sum`
const std::string kFox = "The quick brown fox jumps over the lazy dog";
const std::string kFoxSha1 = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12";

HttpResponse fox_with_range(const HttpRequest& request) { return with_range(request, kFox); }
HttpResponse fox_without_range(const HttpRequest&) { return {.body = kFox, .headers = {}}; }
HttpResponse not_found(const HttpRequest&) {
  return {.status = 404, .body = "<html>no</html>", .headers = {}};
}
HttpResponse another_file(const HttpRequest&) { return {.body = "another", .headers = {}}; }

class DownloadTest : public testing::Test {
 protected:
  std::string error(const std::vector<std::string>& urls, const DownloadOptions& options) {
    return error_of([&] { download(urls, path_, options); });
  }
  // Nothing but `content` at the place, and no part beside it.
  void expect_whole(const std::string& content = kFox) {
    EXPECT_EQ(get(path_), content);
    EXPECT_FALSE(exists(part_));
  }

  TempFolder folder_;
  std::string path_ = folder_ / "fox";
  std::string part_ = path_ + ".part";
  DownloadOptions options_{.sha1 = kFoxSha1, .progress = {}};
};

TEST_F(DownloadTest, Whole) {
  const HttpServer server(fox_with_range);
  std::uint64_t received = 0;
  std::uint64_t total = 0;
  options_.progress = [&](const DownloadProgress& progress) {
    EXPECT_EQ(progress.path, path_);
    received = progress.received;
    total = std::max(total, progress.total);
    return true;
  };
  download({server.root() + "fox"}, path_, options_);
  expect_whole();
  EXPECT_EQ(received, kFox.size());
  EXPECT_EQ(total, kFox.size());
  EXPECT_THAT(server.requests(), ElementsAre("/fox"));
}

TEST_F(DownloadTest, EmptyFilesAndFilesWithoutSha1) {
  const HttpServer server([](const HttpRequest& request) {
    return HttpResponse{.body = request.path == "/none" ? "" : kFox, .headers = {}};
  });
  put(part_, "left by an earlier run");
  download({server.root() + "none"}, path_);
  expect_whole("");
  put(part_, "The ");
  download({server.root() + "fox"}, path_);
  expect_whole();
  EXPECT_THAT(server.requests(), ElementsAre("/none", "/fox"));
}

TEST_F(DownloadTest, LargeFile) {
  std::string large(3000000, ' ');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * i % 251);
  const HttpServer server([&](const HttpRequest& request) { return with_range(request, large); });
  download({server.root()}, path_);
  expect_whole(large);
}

TEST_F(DownloadTest, KeepsARightFileAndReplacesAWrongOne) {
  const HttpServer server(fox_with_range);
  put(path_, kFox);
  download({server.root()}, path_, options_);
  EXPECT_TRUE(server.requests().empty());
  put(path_, "wrong");
  download({server.root()}, path_, options_);
  expect_whole();
}

TEST_F(DownloadTest, ResumesWhatAnEarlierRunLeft) {
  const HttpServer server(fox_with_range);
  put(part_, kFox.substr(0, 10));
  download({server.root() + "fox"}, path_, options_);
  expect_whole();
  EXPECT_THAT(server.requests(), ElementsAre("/fox 10-"));
}

TEST_F(DownloadTest, ResumesUnderAnyLocale) {
  std::string large(30000, ' ');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * i % 251);
  put(path_, large);
  const std::string sha1 = sha1_of_file(path_);
  put(path_, "wrong");
  put(part_, large.substr(0, 10901));
  const ForeignLocale foreign;
  const HttpServer server([&](const HttpRequest& request) { return with_range(request, large); });
  download({server.root()}, path_, {.sha1 = sha1, .progress = {}});
  expect_whole(large);
  EXPECT_THAT(server.requests(), ElementsAre("/ 10901-"));
}

TEST_F(DownloadTest, AWholePartNeedsNoServer) {
  put(part_, kFox);
  download({refusing_url()}, path_, options_);
  expect_whole();
}

TEST_F(DownloadTest, StartsOverWhereTheServerKnowsNoRange) {
  const HttpServer server(fox_without_range);
  put(part_, kFox.substr(0, 10));
  download({server.root() + "fox"}, path_, options_);
  expect_whole();
  EXPECT_THAT(server.requests(), ElementsAre("/fox 10-"));
}

TEST_F(DownloadTest, StartsOverWhenThePartIsBad) {
  const HttpServer server(fox_with_range);
  put(part_, "A bad beginning");
  download({server.root() + "fox"}, path_, options_);
  expect_whole();
  EXPECT_THAT(server.requests(), ElementsAre("/fox 15-", "/fox"));
}

TEST_F(DownloadTest, StartsOverWhenThePartIsTooLong) {
  const HttpServer server(fox_with_range);
  put(part_, kFox + kFox);
  download({server.root() + "fox"}, path_, options_);
  expect_whole();
  EXPECT_THAT(server.requests(), ElementsAre("/fox 86-", "/fox"));
}

TEST_F(DownloadTest, StartsOverWhenAnotherRangeComes) {
  const HttpServer server([](const HttpRequest& request) {
    HttpResponse response = with_range(request, kFox);
    if (!request.range.empty()) response.headers = {"Content-Range: bytes 3-42/43"};
    return response;
  });
  put(part_, kFox.substr(0, 10));
  download({server.root() + "fox"}, path_, options_);
  expect_whole();
  EXPECT_THAT(server.requests(), ElementsAre("/fox 10-", "/fox"));
}

TEST_F(DownloadTest, TakesUpABrokenTransferAgain) {
  const HttpServer server([](const HttpRequest& request) {
    HttpResponse response = with_range(request, kFox);
    response.send_only = 15;
    return response;
  });
  download({server.root() + "fox"}, path_, options_);
  expect_whole();
  EXPECT_THAT(server.requests(), ElementsAre("/fox", "/fox 15-", "/fox 30-"));
}

TEST_F(DownloadTest, LeavesAPartWhenATransferKeepsBreaking) {
  const HttpServer server([](const HttpRequest& request) {
    HttpResponse response = with_range(request, kFox);
    response.send_only = 5;
    return response;
  });
  options_.retries = 1;
  EXPECT_THAT(error({server.root()}, options_),
              AllOf(StartsWith(path_ + ": cannot be downloaded: " + server.root() + ": "),
                    HasSubstr("remaining")));
  EXPECT_EQ(get(part_), kFox.substr(0, 10));
  options_.sha1 = "";
  error({server.root()}, options_);
  EXPECT_FALSE(exists(part_)) << "without a SHA-1 a part is of no use";
}

TEST_F(DownloadTest, AWrongSha1IsTold) {
  const HttpServer server(another_file);
  EXPECT_EQ(error({server.root()}, options_),
            path_ + ": cannot be downloaded: " + server.root() + ": expected SHA-1 " + kFoxSha1 +
                ", found b7c8ffb8fbc67c171328e0e8f643694e8e61b335");
  EXPECT_FALSE(exists(path_));
  EXPECT_FALSE(exists(part_));
}

TEST_F(DownloadTest, TriesMirrorsInTurn) {
  const HttpServer missing(not_found);
  const HttpServer wrong(another_file);
  const HttpServer right(fox_with_range);
  download({missing.root(), refusing_url(), wrong.root(), right.root()}, path_, options_);
  expect_whole();
}

TEST_F(DownloadTest, ContinuesAtTheNextMirror) {
  const HttpServer breaking([](const HttpRequest& request) {
    HttpResponse response = with_range(request, kFox);
    response.send_only = request.range.empty() ? 20 : 0;
    return response;
  });
  const HttpServer right(fox_with_range);
  download({breaking.root(), right.root()}, path_, options_);
  expect_whole();
  EXPECT_THAT(right.requests(), ElementsAre("/ 20-"));
}

TEST_F(DownloadTest, ListsEveryMirrorAndItsReason) {
  const HttpServer missing(not_found);
  const std::string refusing = refusing_url();
  const std::string message = error({missing.root() + "x", refusing}, options_);
  EXPECT_THAT(message, StartsWith(path_ + ": cannot be downloaded: " + missing.root() +
                                  "x: HTTP status 404; " + refusing + ": Failed to connect"));
  EXPECT_FALSE(exists(path_));
  EXPECT_FALSE(exists(part_));
}

TEST_F(DownloadTest, FollowsRedirections) {
  const HttpServer server([](const HttpRequest& request) {
    if (request.path == "/fox") return with_range(request, kFox);
    return HttpResponse{.status = 302, .body = "see there", .headers = {"Location: /fox"}};
  });
  put(part_, kFox.substr(0, 10));
  download({server.root() + "old"}, path_, options_);
  expect_whole();
  EXPECT_THAT(server.requests(), ElementsAre("/old 10-", "/fox 10-"));
}

TEST_F(DownloadTest, SpeaksHttpOnly) {
  put(folder_ / "local", kFox);
  EXPECT_THAT(error({"file://" + (folder_ / "local")}, options_), HasSubstr("not supported"));
  const HttpServer server([&](const HttpRequest&) {
    return HttpResponse{
        .status = 302, .body = "", .headers = {"Location: file://" + (folder_ / "local")}};
  });
  EXPECT_THAT(error({server.root()}, options_), HasSubstr("not supported"));
}

TEST_F(DownloadTest, StopsAtTheSizeAllowed) {
  const HttpServer server(fox_without_range);
  options_.max_bytes = kFox.size() - 1;
  EXPECT_THAT(error({server.root()}, options_), EndsWith("more than the 42 bytes allowed"));
  EXPECT_FALSE(exists(part_));
  options_.max_bytes = kFox.size();
  download({server.root()}, path_, options_);
  expect_whole();
}

TEST_F(DownloadTest, GivesUpAStalledTransfer) {
  const HttpServer server([](const HttpRequest&) {
    return HttpResponse{.body = kFox, .headers = {}, .send_only = 7, .hang = true};
  });
  options_.stall_timeout = std::chrono::seconds(1);
  options_.retries = 0;
  EXPECT_THAT(error({server.root()}, options_), HasSubstr("too slow"));
}

TEST_F(DownloadTest, StopsWhenTheCallbackSaysSo) {
  const HttpServer server([](const HttpRequest&) {
    return HttpResponse{.body = kFox, .headers = {}, .send_only = 7, .hang = true};
  });
  options_.progress = [](const DownloadProgress& progress) { return progress.received < 7; };
  EXPECT_THROW(download({server.root()}, path_, options_), Interrupted);
  EXPECT_EQ(get(part_), kFox.substr(0, 7));
  EXPECT_EQ(error({server.root()}, options_), path_ + ": download interrupted");
}

TEST_F(DownloadTest, HandsOnWhatTheCallbackThrows) {
  const HttpServer server(fox_with_range);
  options_.progress = [](const DownloadProgress&) -> bool { throw std::out_of_range("mine"); };
  EXPECT_THROW(download({server.root()}, path_, options_), std::out_of_range);
}

TEST_F(DownloadTest, TwoThatWantTheSameFileTakeTurns) {
  const HttpServer server(fox_with_range);
  std::thread other([&] { download({server.root()}, path_, options_); });
  download({server.root()}, path_, options_);
  other.join();
  expect_whole();
}

TEST_F(DownloadTest, WaitingForAnotherProcessCanBeInterrupted) {
  const int other = ::open(part_.c_str(), O_WRONLY | O_CREAT, 0666);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  int calls = 0;
  options_.progress = [&](const DownloadProgress&) { return ++calls < 3; };
  EXPECT_THROW(download({refusing_url()}, path_, options_), Interrupted);
  ::close(other);
}

TEST_F(DownloadTest, ABadPlaceIsTold) {
  path_ = folder_ / "no/such/folder/fox";
  EXPECT_EQ(error({refusing_url()}, options_),
            path_ + ".part: opening failed: No such file or directory");
  EXPECT_EQ(error({}, options_), path_ + ": no address to download it from");
}

TEST_F(DownloadTest, FetchesTheFilesThatAreMissing) {
  const HttpServer missing(not_found);
  const HttpServer server(fox_with_range);
  const std::string target = folder_ / "a/b";
  const RemoteFile files[] = {{"one", kFoxSha1}, {"two", kFoxSha1}, {"three", kFoxSha1}};
  const std::string mirrors[] = {missing.root(), server.root()};
  std::filesystem::create_directories(target);
  put(target + "/one", kFox);
  put(target + "/two", "wrong");
  fetch_files(target, files, mirrors);
  for (const auto& file : files) EXPECT_EQ(get(target + "/" + file.name), kFox);
  EXPECT_THAT(server.requests(), ElementsAre("/two", "/three"));
}

TEST_F(DownloadTest, FetchingStopsAtTheFirstFileThatCannotBeHad) {
  const HttpServer server(not_found);
  const RemoteFile files[] = {{"one", kFoxSha1}, {"two", kFoxSha1}};
  const std::string mirrors[] = {server.root()};
  EXPECT_THAT(error_of([&] { fetch_files(folder_ / "new", files, mirrors); }),
              HasSubstr("new/one: cannot be downloaded: "));
  EXPECT_THAT(server.requests(), ElementsAre("/one"));
  put(folder_ / "file", "");
  EXPECT_THAT(error_of([&] { fetch_files(folder_ / "file/x", files, mirrors); }),
              HasSubstr("this folder cannot be created"));
}

}  // namespace
}  // namespace gluino::io
