#include "tail/discovery.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "base/path.h"
#include "support/fake_files.h"

namespace cmgmon::tail {
namespace {

using support::FakeFiles;

class DiscoveryTest : public testing::Test {
 protected:
  // "key: file file (service, capture=value); ..."
  std::string find(const std::vector<Source>& sources) {
    Discovery discovery(sources, files_);
    return find(discovery);
  }
  std::string find(Discovery& discovery) {
    troubles_.begin_poll(now_ += std::chrono::seconds(1));
    std::string all;
    for (const auto& [key, stream] : discovery.find(troubles_, events_)) {
      EXPECT_EQ(key, fold_path(stream.key));
      all += std::string(base::file_name(stream.key)) + ":";
      for (const StreamFile& file : stream.files) {
        all += " " + std::string(base::file_name(file.path));
      }
      all += " (" + stream.service;
      for (const auto& [name, value] : stream.captures) {
        all += ", " + name + "=" + value;
      }
      all += "); ";
    }
    troubles_.end_full_poll(files_, events_);
    return all;
  }
  std::string told() {
    std::string all;
    for (const TailEvent& event : events_) {
      if (const auto* problem = std::get_if<InputProblem>(&event)) {
        all += "problem " + problem->path + ";";
      } else {
        all += "recovered " + std::get<InputRecovered>(event).path + ";";
      }
    }
    events_.clear();
    return all;
  }
  static Source source(const std::string& glob, bool required = false) {
    return {"svc", FakeFiles::path(glob), required};
  }

  FakeFiles files_;
  Troubles troubles_;
  std::vector<TailEvent> events_;
  base::Time now_{};
};

TEST_F(DiscoveryTest, PutsRolledOverSiblingsIntoOneStream) {
  for (const char* name : {"a.log", "a.lo_", "a-20261122-101500.log", "a-20261121-101500.log",
                           "ab.log", "a.log.gz", "a.txt", "b.log"}) {
    files_.append(std::string("logs/") + name, "x");
  }
  EXPECT_EQ(find({source("logs/a.log")}),
            "a.log: a.lo_ a-20261121-101500.log a-20261122-101500.log a.log (svc); ");
  EXPECT_EQ(find({source("logs/a*.log")}),
            "a.log: a.lo_ a-20261121-101500.log a-20261122-101500.log a.log (svc); ab.log: ab.log "
            "(svc); ");
}

TEST_F(DiscoveryTest, LeavesOutLinksAndDevicesInThePlaceOfOldLogs) {
  files_.append("logs/a.log", "x");
  files_.make_link("logs/a.lo_");
  files_.make_link("logs/a-20261121-101500.log");
  files_.make_link("logs/b.log");  // to be refused by name
  EXPECT_EQ(find({source("logs/*.log")}), "a.log: a.log (svc); b.log: b.log (svc); ");
}

TEST_F(DiscoveryTest, KeepsStreamsOfDifferentFoldersApart) {
  files_.append("c/PC1/x.log", "1");
  files_.append("c/PC2/x.log", "2");
  files_.append("c/PC2/x.lo_", "2");
  files_.append("c/x.log", "no");
  EXPECT_EQ(find({source("c/{host}/x.log")}),
            "x.log: x.log (svc, host=PC1); x.log: x.lo_ x.log (svc, host=PC2); ");
}

TEST_F(DiscoveryTest, MakesOneStreamOfIisLogs) {
  files_.append("iis/W3SVC1/u_ex261123.log", "");
  files_.append("iis/W3SVC1/u_ex261122.log", "");
  files_.append("iis/W3SVC2/u_ex261122.log", "");
  EXPECT_EQ(find({source("iis/W3SVC*/u_ex*.log")}),
            "u_ex*.log: u_ex261122.log u_ex261123.log (svc); u_ex*.log: u_ex261122.log (svc); ");
  // A glob that names days finds those days.
  EXPECT_EQ(find({source("iis/W3SVC1/u_ex??1123.log")}), "u_ex*.log: u_ex261123.log (svc); ");
}

TEST_F(DiscoveryTest, GivesAFileToTheFirstSourceThatAsks) {
  files_.append("logs/a.log", "");
  files_.append("logs/b.log", "");
  EXPECT_EQ(
      find({{"first", FakeFiles::path("logs/a.log")}, {"second", FakeFiles::path("logs/*.log")}}),
      "a.log: a.log (first); b.log: b.log (second); ");
}

TEST_F(DiscoveryTest, IsSilentAboutAbsentOptionalSources) {
  EXPECT_EQ(find({source("nowhere/a.log"), source("nowhere/*/a.log")}), "");
  EXPECT_EQ(told(), "");
}

TEST_F(DiscoveryTest, ComplainsOnceAboutAnAbsentRequiredSource) {
  const std::string glob = FakeFiles::path("logs/a.log");
  Discovery discovery({source("logs/a.log", true)}, files_);
  find(discovery);
  EXPECT_EQ(told(), "problem " + glob + ";");
  find(discovery);
  files_.append("logs/a.lo_", "x");  // what was rolled over is not the log
  find(discovery);
  EXPECT_EQ(told(), "");
  files_.append("logs/a.log", "x");
  find(discovery);
  EXPECT_EQ(told(), "recovered " + glob + ";");
  files_.remove("logs/a.log");  // for a moment, as in a rollover
  find(discovery);
  find(discovery);
  EXPECT_EQ(told(), "");
  find(discovery);
  EXPECT_EQ(told(), "problem " + glob + ";");
}

TEST_F(DiscoveryTest, ReportsAFolderThatCannotBeListed) {
  files_.append("logs/a.log", "x");
  files_.fail_list("logs", base::ErrorKind::kAccessDenied);
  Discovery discovery({source("logs/a.log")}, files_);
  EXPECT_EQ(find(discovery), "");
  EXPECT_EQ(told(), "problem " + FakeFiles::path("logs") + ";");
  files_.heal();
  EXPECT_EQ(find(discovery), "a.log: a.log (svc); ");
  EXPECT_EQ(told(), "recovered " + FakeFiles::path("logs") + ";");
}

TEST_F(DiscoveryTest, NamesTheFoldersToWatch) {
  files_.append("c/PC1/x.log", "1");
  files_.append("logs/a.log", "1");
  Discovery discovery({source("c/{host}/x.log"), source("logs/a.log"), source("nowhere/a.log")},
                      files_);
  EXPECT_EQ(discovery.folders(),
            (std::vector<std::string>{FakeFiles::path("c"), FakeFiles::path("c/PC1"),
                                      FakeFiles::path("logs")}));
}

TEST_F(DiscoveryTest, KnowsWhichStreamAPathBelongsTo) {
  Discovery discovery({source("c/{host}/x*.log")}, files_);
  EXPECT_EQ(discovery.stream_of(FakeFiles::path("c/PC1/x1.lo_")), FakeFiles::path("c/PC1/x1.log"));
  EXPECT_EQ(discovery.stream_of(FakeFiles::path("c/PC1/y.log")), "");
  EXPECT_TRUE(discovery.may_hold(FakeFiles::path("c/PC9")));
  EXPECT_TRUE(discovery.may_hold(FakeFiles::path("c")));
  EXPECT_FALSE(discovery.may_hold(FakeFiles::path("d")));
  EXPECT_FALSE(discovery.may_hold(FakeFiles::path("c/PC9/sub")));
}

}  // namespace
}  // namespace cmgmon::tail
