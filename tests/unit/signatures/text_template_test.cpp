#include "signatures/text_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace cmgmon::signatures {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string rendered(const std::string& text, const std::map<std::string, std::string>& fields) {
  return render(text, [&](const std::string& name) {
    const auto found = fields.find(name);
    return found == fields.end() ? nullptr : &found->second;
  });
}

TEST(TextTemplate, InsertsFields) {
  const std::map<std::string, std::string> fields = {
      {"host", "CM01"}, {"c-ip", "10.0.0.5"}, {"cs(User-Agent)", "ccm"}, {"loop", "{host}"}};
  const struct {
    const char* name;
    const char* text;
    const char* want;
  } rows[] = {
      {"plain", "no field here", "no field here"},
      {"one", "on {host}.", "on CM01."},
      {"column", "{c-ip} with {cs(User-Agent)}", "10.0.0.5 with ccm"},
      {"twice", "{host}{host}", "CM01CM01"},
      {"unknown", "thumbprint {thumbprint}!", "thumbprint (not logged)!"},
      {"value is not looked at again", "{loop}", "{host}"},
      {"script block", "Where-Object { $_.Name -eq 'x' }", "Where-Object { $_.Name -eq 'x' }"},
      {"hash table", "@{n='a'}", "@{n='a'}"},
      {"number", "{0}", "{0}"},
      {"nothing inside", "{}", "{}"},
      {"not closed", "a {host", "a {host"},
      {"opened twice", "{{host}", "{CM01"},
      {"doubled", "{{host}}", "{CM01}"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(rendered(row.text, fields), row.want);
  }
}

TEST(TextTemplate, NamesItsPlaceholders) {
  EXPECT_THAT(placeholders("{a} { b } {c-ip} {a} {1}"), ElementsAre("a", "c-ip", "a"));
  EXPECT_THAT(placeholders("none"), IsEmpty());
}

}  // namespace
}  // namespace cmgmon::signatures
