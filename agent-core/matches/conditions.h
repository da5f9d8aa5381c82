#pragma once
// The conditions of all signatures of a log service, taken apart and put together again so that nothing is asked twice of one
// record: signatures of the same log ask for the same openings and phrases.
//
// Every part is numbered. What is asked of a text that the record does not hold is known without looking again: the texts()
// are searched for all at once.
//
// Life:  the expressions outlive it.
// Tests: tests/unit/matches/conditions_test.cpp, against holds()

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "matches/literal_hits.h"
#include "records/record.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

// Whether values[index] of the test holds; what holds() does for each of them.
bool value_holds(const signatures::FieldTest& test, std::size_t index,
                 const records::Record& record);

class Conditions {
 public:
  using Id = std::uint32_t;

  // Equal conditions get equal ids.
  Id add(const signatures::Expression& expression);

  // Names of the fields that it asks for, some more than once.
  std::vector<std::string_view> fields() const;
  // Texts (lower case, ASCII, kMinLiteralBytes or more) that it wants to know of, each once.
  std::vector<std::string> texts() const;
  // Numbers them as LiteralHits will; `literals` holds all texts().
  void set_literals(const std::vector<std::string>& literals);

  // What is known of one record; reused.
  class Answers {
   public:
    void clear(const Conditions& conditions) { known_.assign(conditions.nodes_.size(), kUnknown); }

   private:
    friend class Conditions;
    static constexpr std::uint8_t kNo = 0;
    static constexpr std::uint8_t kYes = 1;
    static constexpr std::uint8_t kUnknown = 2;
    std::vector<std::uint8_t> known_;
  };
  // holds() of the expression; `hits` are what the record's message holds.
  bool hold(Id id, const records::Record& record, const LiteralHits& hits, Answers& answers) const;

  // False: hold() is false for every record whose message stands in this text, as it was written in bytes of ASCII; `hits` are
  // what the text holds.
  bool may_hold(Id id, std::string_view text, const LiteralHits& hits) const;

 private:
  using Kind = signatures::Expression::Kind;
  static constexpr LiteralId kNone = ~LiteralId{0};

  struct Node {
    Kind kind = Kind::kAnd;
    const signatures::FieldTest* test = nullptr;  // kTest, of values[value]
    std::size_t value = 0;
    std::vector<Id> children;  // the cheapest first
    std::string text;          // the message must hold it; "" when there is none
    bool is_text = false;      // and that is all
    LiteralId literal = kNone;
    std::string part;  // lower case; where it holds, this stands in the message
    int cost = 0;
  };

  Id add_value(const signatures::FieldTest& test, std::size_t value);
  Id add_compound(Kind kind, std::vector<Id> children);
  Id add_node(std::string key, Node node);
  bool ask(const Node& node, const records::Record& record, const LiteralHits& hits,
           Answers& answers) const;

  std::vector<Node> nodes_;
  std::map<std::string, Id> ids_;  // by what makes a node different from others
};

}  // namespace cmgmon::matches
