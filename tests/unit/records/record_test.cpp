#include "records/record.h"

#include <gtest/gtest.h>

#include <vector>

namespace cmgmon::records {
namespace {

TEST(Record, FieldsAreThoseOfItsFormat) {
  const std::vector<Column> columns = {{"sc-status", "403"}, {"c-ip", "::1"}};
  Record record;
  record.message = "m";
  record.component = "c";
  record.thread = "1";
  record.type = "3";
  record.source = "s";
  struct Row {
    Format format;
    const char* name;
    std::optional<std::string_view> value;
  };
  const std::vector<Row> rows = {
      {Format::kCcm, "Message", "m"},
      {Format::kCcm, "COMPONENT", "c"},
      {Format::kCcm, "thread", "1"},
      {Format::kCcm, "Type", "3"},
      {Format::kCcm, "Source", "s"},
      {Format::kCcm, "sc-status", {}},
      {Format::kCcm, "", {}},
      {Format::kSiteServer, "Message", "m"},
      {Format::kSiteServer, "Component", "c"},
      {Format::kSiteServer, "Thread", "1"},
      {Format::kSiteServer, "Type", {}},
      {Format::kSiteServer, "Source", {}},
      {Format::kPlain, "message", "m"},
      {Format::kPlain, "Component", {}},
      {Format::kPlain, "Type", {}},
      {Format::kW3c, "SC-Status", "403"},
      {Format::kW3c, "c-ip", "::1"},
      {Format::kW3c, "Message", "m"},
      {Format::kW3c, "Component", {}},
      {Format::kW3c, "cs-method", {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(name_of(row.format)) + " " + row.name);
    record.format = row.format;
    record.columns =
        row.format == Format::kW3c ? std::span<const Column>(columns) : std::span<const Column>();
    EXPECT_EQ(record.field(row.name), row.value);
  }
}

TEST(Record, AnEmptyValueIsThereAnAbsentOneIsNot) {
  Record record;
  record.format = Format::kCcm;
  EXPECT_EQ(record.field("Thread"), std::optional<std::string_view>(""));
  record.format = Format::kPlain;
  EXPECT_EQ(record.field("Thread"), std::nullopt);
}

TEST(Record, NamesOfFormatsEncodingsAndConfidencesArePartOfTheScanDocument) {
  EXPECT_EQ(name_of(Format::kCcm), "ccm");
  EXPECT_EQ(name_of(Format::kSiteServer), "site-server");
  EXPECT_EQ(name_of(Format::kW3c), "w3c");
  EXPECT_EQ(name_of(Format::kPlain), "plain");
  EXPECT_EQ(name_of(Format::kUnknown), "unknown");
  EXPECT_EQ(name_of(Encoding::kUtf8), "utf-8");
  EXPECT_EQ(name_of(Encoding::kUtf8Bom), "utf-8-bom");
  EXPECT_EQ(name_of(Encoding::kUtf16Le), "utf-16le");
  EXPECT_EQ(name_of(Encoding::kUtf16Be), "utf-16be");
  EXPECT_EQ(name_of(Encoding::kWindows1252), "windows-1252");
  EXPECT_EQ(name_of(TimeConfidence::kExact), "exact");
  EXPECT_EQ(name_of(TimeConfidence::kAssumed), "assumed");
  EXPECT_EQ(name_of(TimeConfidence::kNone), "none");
}

}  // namespace
}  // namespace cmgmon::records
