#include "tail/follower.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tail/discovery.h"
#include "tail/stream_follower.h"
#include "tail/troubles.h"

namespace cmgmon::tail {

class Follower::Impl {
 public:
  Impl(std::vector<Source> sources, std::vector<Checkpoint> known, FileSystem& files,
       StreamId ids_after)
      : files_(files), discovery_(std::move(sources), files), last_id_(ids_after) {
    for (Checkpoint& checkpoint : known) {
      const std::string key = fold_path(checkpoint.stream);
      known_.insert_or_assign(key, std::move(checkpoint));
    }
  }

  PollOutcome poll(std::size_t max_bytes, base::Time now, const std::set<std::string>& hinted) {
    troubles_.begin_poll(now);
    PollState state{files_, discovery_, troubles_, now, max_bytes};
    if (hinted.empty()) {
      discover(state);
      for (const auto& [key, stream] : streams_) {
        due_[key] = true;
      }
    } else {
      take_hints(state, hinted);
    }
    look_at_due(state);
    if (hinted.empty() && due_.empty()) {
      troubles_.end_full_poll(files_, state.events);
    }
    PollOutcome outcome;
    for (auto& [key, stream] : streams_) {
      if (auto checkpoint = stream.take_checkpoint()) {
        outcome.checkpoints.push_back(std::move(*checkpoint));
      }
    }
    outcome.more = state.more || !due_.empty();
    outcome.events = std::move(state.events);
    return outcome;
  }

  std::set<std::string> active_since(base::Time time) const {
    std::set<std::string> paths;
    for (const auto& [key, stream] : streams_) {
      if (auto path = stream.active_since(time)) {
        paths.insert(std::move(*path));
      }
    }
    return paths;
  }

  const std::map<std::string, std::uint64_t>& unread_bytes() const { return unread_; }

  std::vector<std::string> folders() { return discovery_.folders(); }

 private:
  void discover(PollState& state) {
    listed_ = &discovery_.find(troubles_, state.events);
    for (const auto& [key, found] : *listed_) {
      if (streams_.contains(key)) {
        continue;
      }
      const auto known = known_.find(key);
      const auto added = streams_.try_emplace(key, ++last_id_, found,
                                              known == known_.end() ? nullptr : &known->second);
      state.events.emplace_back(StreamOpened{added.first->second.info()});
      if (known != known_.end()) {
        known_.erase(known);
      }
      due_[key] = true;
    }
  }

  void take_hints(PollState& state, const std::set<std::string>& hinted) {
    bool news = false;
    for (const std::string& path : hinted) {
      const std::string key = fold_path(discovery_.stream_of(path));
      if (key.empty()) {
        news = news || discovery_.may_hold(path);
      } else if (const auto stream = streams_.find(key); stream != streams_.end()) {
        bool& listing_wanted = due_[key];
        listing_wanted = listing_wanted || !stream->second.is_current(path);
      } else {
        news = true;
      }
    }
    for (const auto& [key, stream] : streams_) {
      if (stream.unfinished()) {
        due_[key] = true;
      }
    }
    listed_ = nullptr;
    if (news) {
      discover(state);
    }
  }

  void look_at(PollState& state, StreamFollower& stream, const std::string& key,
               bool listing_wanted) {
    static const std::vector<StreamFile> kNone;
    if (!listing_wanted) {
      stream.look(state, nullptr);
      return;
    }
    if (listed_ != nullptr) {
      const auto found = listed_->find(key);
      stream.look(state, found == listed_->end() ? &kNone : &found->second.files);
      return;
    }
    const auto files = discovery_.files_of(stream.found());
    stream.look(state, files ? &*files : nullptr);
  }

  // Takes up where the last poll ran out of budget, so that one busy stream does not starve the others.
  void look_at_due(PollState& state) {
    std::vector<std::string> order;
    for (const auto& [key, listing] : due_) {
      order.push_back(key);
    }
    std::rotate(order.begin(), std::upper_bound(order.begin(), order.end(), last_served_),
                order.end());
    for (const std::string& key : order) {
      if (state.budget == 0) {
        return;  // the rest stays due
      }
      const bool listing_wanted = due_[key];
      due_.erase(key);
      StreamFollower& stream = streams_.at(key);
      std::uint64_t& unread = unread_[stream.found().service];
      unread -= stream.unread_bytes();
      look_at(state, stream, key, listing_wanted);
      unread += stream.unread_bytes();
      last_served_ = key;
    }
  }

  FileSystem& files_;
  Discovery discovery_;
  Troubles troubles_;
  std::map<std::string, Checkpoint> known_;  // of an earlier run, not met yet; by fold_path(stream)
  std::map<std::string, StreamFollower> streams_;
  std::map<std::string, bool> due_;  // to be looked at; whether with a listing
  const std::map<std::string, FoundStream>* listed_ = nullptr;  // of this poll
  std::map<std::string, std::uint64_t> unread_;                 // by log service
  std::string last_served_;
  StreamId last_id_;
};

Follower::Follower(std::vector<Source> sources, std::vector<Checkpoint> known, FileSystem& files,
                   StreamId ids_after)
    : impl_(std::make_unique<Impl>(std::move(sources), std::move(known), files, ids_after)) {}

Follower::~Follower() = default;

PollOutcome Follower::poll(std::size_t max_bytes, base::Time now,
                           const std::set<std::string>& hinted) {
  return impl_->poll(max_bytes, now, hinted);
}

std::set<std::string> Follower::active_since(base::Time time) const {
  return impl_->active_since(time);
}

std::map<std::string, std::uint64_t> Follower::unread_bytes() const {
  return impl_->unread_bytes();
}

std::vector<std::string> Follower::folders() const {
  return impl_->folders();
}

}  // namespace cmgmon::tail
