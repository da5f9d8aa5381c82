#include "matches/correlation_groups.h"

#include <algorithm>
#include <utility>

#include "matches/match_codec.h"

namespace cmgmon::matches {

namespace {

std::size_t size_of(const CorrelatedEvent& event) {
  std::size_t bytes = sizeof event + event.stream.size() + event.value.size();
  for (const auto& key : event.heals) {
    bytes += 2 * key.size() + 64;  // here and in the index
  }
  return bytes;
}

std::size_t size_of(const CorrelatedDetail& detail) {
  std::size_t bytes = sizeof detail;
  for (const auto& [name, value] : detail.fields) {
    bytes += name.size() + value.size() + 96;
  }
  if (detail.evidence) {
    bytes += detail.evidence->path.size() + detail.evidence->message.size();
  }
  return bytes;
}

std::size_t size_of_empty(const CorrelationGroup& group) {
  std::size_t bytes = sizeof group + 3 * group.key.size() + 256;
  for (const auto& [name, value] : group.values) {
    bytes += name.size() + value.size() + 96;
  }
  return bytes;
}

bool is_older(const CorrelatedDetail& detail, const CorrelatedDetail& than) {
  return detail.time != than.time ? detail.time < than.time : detail.order < than.order;
}

}  // namespace

std::string CorrelationGroups::key_of(const signatures::Signature& correlation,
                                      const Fields& values) {
  std::string key = correlation.name;
  for (const auto& name : correlation.group_by) {
    const auto value = values.find(name);
    key += '\n';
    if (value != values.end()) {
      key += std::to_string(value->second.size()) + ':' + value->second;
    }
  }
  return key;
}

void CorrelationGroups::resize(CorrelationGroup& group, std::size_t add, std::size_t less) {
  group.bytes += add;
  group.bytes -= less;
  bytes_ += add;
  bytes_ -= less;
}

void CorrelationGroups::touch(CorrelationGroup& group) {
  order_.erase(group.touched);
  group.touched = next_touch_++;
  order_.emplace(group.touched, group.id);
}

CorrelationGroup& CorrelationGroups::at(const signatures::Signature& correlation, Fields values) {
  std::string key = key_of(correlation, values);
  if (const auto known = ids_.find(key); known != ids_.end()) {
    CorrelationGroup& group = groups_.at(known->second);
    touch(group);
    return group;
  }
  CorrelationGroup& group = groups_.emplace(next_id_, CorrelationGroup(correlation)).first->second;
  group.id = next_id_++;
  ids_.emplace(key, group.id);
  group.key = std::move(key);
  group.values = std::move(values);
  resize(group, size_of_empty(group), 0);
  touch(group);
  return group;
}

void CorrelationGroups::count(CorrelationGroup& group, const CorrelatedEvent& event) {
  resize(group, size_of(event), 0);
  for (const auto& key : event.heals) {
    ++healed_by_[key][group.id];
  }
}

void CorrelationGroups::forget(CorrelationGroup& group, const CorrelatedEvent& event) {
  resize(group, 0, size_of(event));
  for (const auto& key : event.heals) {
    const auto groups = healed_by_.find(key);
    const auto events = groups->second.find(group.id);
    if (--events->second == 0) {
      groups->second.erase(events);
      if (groups->second.empty()) {
        healed_by_.erase(groups);
      }
    }
  }
  if (const auto newest = group.newest.find(event.rule);
      newest != group.newest.end() && newest->second.order == event.order) {
    resize(group, 0, size_of(newest->second));
    group.newest.erase(newest);
  }
  if (group.opening && group.opening->order == event.order) {
    resize(group, 0, size_of(*group.opening));
    group.opening.reset();
  }
}

std::optional<CorrelationWindow::Found> CorrelationGroups::add(CorrelationGroup& group,
                                                               CorrelatedEvent event,
                                                               CorrelatedDetail detail,
                                                               std::size_t max_events) {
  detail.time = event.time;
  detail.order = event.order;
  if (group.window.events().empty()) {
    group.opening = CorrelatedDetail{event.time, event.order, {}, detail.evidence};
    resize(group, size_of(*group.opening), 0);
  }
  const auto known = group.newest.find(event.rule);
  if (known == group.newest.end() || is_older(known->second, detail)) {
    resize(group, size_of(detail), known == group.newest.end() ? 0 : size_of(known->second));
    group.newest.insert_or_assign(event.rule, std::move(detail));
  }
  count(group, event);
  dropped_events += group.window.events().size() >= max_events ? 1 : 0;
  return group.window.add(std::move(event), max_events,
                          [&](const CorrelatedEvent& gone) { forget(group, gone); });
}

void CorrelationGroups::restart(CorrelationGroup& group) {
  group.window.clear([&](const CorrelatedEvent& gone) { forget(group, gone); });
}

void CorrelationGroups::heal(const std::string& key,
                             const std::function<bool(const CorrelatedEvent&)>& healed) {
  const auto found = healed_by_.find(key);
  if (found == healed_by_.end()) {
    return;
  }
  const auto groups = found->second;  // a copy: the index changes
  for (const auto& [id, events] : groups) {
    CorrelationGroup& group = groups_.at(id);
    group.window.remove_if(
        [&](const CorrelatedEvent& event) {
          return std::find(event.heals.begin(), event.heals.end(), key) != event.heals.end() &&
                 healed(event);
        },
        [&](const CorrelatedEvent& gone) { forget(group, gone); });
    if (group.window.events().empty()) {
      drop(id);
    }
  }
}

void CorrelationGroups::drop(std::uint64_t id) {
  CorrelationGroup& group = groups_.at(id);
  restart(group);
  order_.erase(group.touched);
  ids_.erase(group.key);
  bytes_ -= group.bytes;
  groups_.erase(id);
}

void CorrelationGroups::make_room(const CorrelationGroup& keep) {
  while (groups_.size() > max_groups_ || bytes_ > max_bytes_) {
    const std::uint64_t oldest = order_.begin()->second;
    if (oldest == keep.id) {
      return;  // the only one
    }
    drop(oldest);
    ++dropped_groups;
  }
}

void CorrelationGroups::clear() {
  groups_.clear();
  ids_.clear();
  order_.clear();
  healed_by_.clear();
  bytes_ = 0;
}

// --- saved state

void write_detail(base::Writer& writer, const CorrelatedDetail& detail) {
  writer.time(detail.time).number(detail.order);
  writer.list(detail.fields,
              [&](const auto& field) { writer.text(field.first).text(field.second); });
  writer.option(detail.evidence,
                [&](const Evidence& evidence) { write_evidence(writer, evidence); });
}

CorrelatedDetail read_detail(base::Reader& reader) {
  CorrelatedDetail detail;
  detail.time = reader.time();
  detail.order = reader.number();
  reader.list([&] {
    std::string name = reader.text();
    detail.fields[std::move(name)] = reader.text();
  });
  detail.evidence = reader.option([&] { return read_evidence(reader); });
  return detail;
}

// In the order in which they were touched, so that loading touches them in it again.
void CorrelationGroups::save(base::Writer& writer) const {
  writer.number(dropped_groups).number(dropped_events);
  writer.list(order_, [&](const auto& touched) {
    const CorrelationGroup& group = groups_.at(touched.second);
    const auto& rules = group.signature->correlation->rules;
    writer.text(group.signature->name);
    writer.list(group.values,
                [&](const auto& field) { writer.text(field.first).text(field.second); });
    writer.number(group.quoted);
    writer.option(group.opening, [&](const auto& detail) { write_detail(writer, detail); });
    writer.list(group.newest, [&](const auto& newest) {
      writer.text(rules[newest.first]);
      write_detail(writer, newest.second);
    });
    writer.list(group.window.events(), [&](const CorrelatedEvent& event) {
      writer.time(event.time).boolean(event.timed).number(event.order).text(rules[event.rule]);
      writer.text(event.stream).text(event.value);
      writer.list(event.heals, [&](const std::string& key) { writer.text(key); });
    });
  });
}

void CorrelationGroups::load(base::Reader& reader, const signatures::SignatureSet& set) {
  clear();
  dropped_groups = reader.number();
  dropped_events = reader.number();
  reader.list([&] {
    const std::string name = reader.text();
    const signatures::Signature* signature = set.find(name);
    if (signature != nullptr && !signature->correlation) {
      signature = nullptr;
    }
    Fields values;
    reader.list([&] {
      std::string field = reader.text();
      values[std::move(field)] = reader.text();
    });
    const auto rule_named = [&](std::string_view rule) -> std::optional<std::uint32_t> {
      if (signature == nullptr) {
        return std::nullopt;
      }
      const auto& rules = signature->correlation->rules;
      const auto found = std::find(rules.begin(), rules.end(), rule);
      if (found == rules.end()) {
        return std::nullopt;
      }
      return static_cast<std::uint32_t>(found - rules.begin());
    };
    const std::uint64_t quoted = reader.number();
    auto opening = reader.option([&] { return read_detail(reader); });
    std::map<std::uint32_t, CorrelatedDetail> newest;
    reader.list([&] {
      const auto rule = rule_named(reader.view());
      auto detail = read_detail(reader);
      if (rule) {
        newest.insert_or_assign(*rule, std::move(detail));
      }
    });
    std::vector<CorrelatedEvent> events;
    reader.list([&] {
      CorrelatedEvent event;
      event.time = reader.time();
      event.timed = reader.boolean();
      event.order = reader.number();
      const auto rule = rule_named(reader.view());
      event.stream = reader.text();
      event.value = reader.text();
      reader.list([&] { event.heals.push_back(reader.text()); });
      if (!events.empty() && event.time < events.back().time) {
        reader.damaged();
      } else if (rule) {
        event.rule = *rule;
        events.push_back(std::move(event));
      }
    });
    if (!reader.ok() || events.empty() || ids_.contains(key_of(*signature, values))) {
      return;
    }
    CorrelationGroup& group = at(*signature, std::move(values));
    group.quoted = quoted;
    const auto is_there = [&](const CorrelatedDetail& detail) {
      return std::any_of(events.begin(), events.end(),
                         [&](const auto& event) { return event.order == detail.order; });
    };
    if (opening && is_there(*opening)) {
      resize(group, size_of(*opening), 0);
      group.opening = std::move(opening);
    }
    for (auto& [rule, detail] : newest) {
      if (is_there(detail)) {
        resize(group, size_of(detail), 0);
        group.newest.insert_or_assign(rule, std::move(detail));
      }
    }
    for (auto& event : events) {
      count(group, event);
      group.window.restore(std::move(event));
    }
    make_room(group);
  });
}

}  // namespace cmgmon::matches
