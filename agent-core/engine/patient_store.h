#pragma once
// A store whose disk may hang: it is waited for a while, then its commit counts as failed and the agent goes on in memory.
//
// A commit that hangs goes on alone; until it comes back every other is refused at once. What it still writes does no harm:
// the next one holds everything. The same is true of the opening: when it hangs, the agent begins without what was saved.
//
// Errors:  kBusy while the disk does not answer.
// Threads: as Store; the other store is used on a thread of its own. When it hangs at our end, thread and store are left
//          behind, and the process must not run destructors of statics under its feet: see left_behind().
// Tests:   tests/unit/engine/patient_store_test.cpp, agent_test.cpp

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace cmgmon::engine {

inline constexpr std::chrono::seconds kDiskPatience{5};
// Without what was saved alerts come twice, so a slow disk is waited for longer; what starts a service waits 30 s.
inline constexpr std::chrono::seconds kOpeningPatience{20};

class PatientStore final : public store::Store {
 public:
  PatientStore(std::unique_ptr<store::Store> store, std::chrono::milliseconds patience);
  ~PatientStore() override;

  using Open = std::function<store::Opened()>;
  using MakeUnread = std::function<std::unique_ptr<store::Store>()>;
  // What `open` brings, its store within one of this kind. When it takes too long, nothing but why; when it comes back
  // then, what it brings is let go, and saved is in the store of `unread`. Both are called on the store's thread.
  static store::Opened open(Open open, MakeUnread unread,
                            std::chrono::milliseconds opening_patience,
                            std::chrono::milliseconds patience);

  base::Result<void> commit(const store::Changes& changes) override;
  void keep_history(const store::HistoryLimits& limits) override;
  base::Result<std::string> keep_copy() override;
  std::vector<store::OutboxRow> take_found() override;

  // How many threads of this process hang in a store that nobody waits for.
  static int left_behind();

 private:
  struct Desk;

  explicit PatientStore(std::chrono::milliseconds patience);
  bool idle() const;
  base::Result<std::string> within_patience(
      std::function<base::Result<std::string>(store::Store&)> job);

  std::unique_ptr<Desk> desk_;
  std::chrono::milliseconds patience_;
  std::shared_future<base::Result<std::string>> running_;
  std::optional<store::HistoryLimits> limits_;  // not passed on yet
};

}  // namespace cmgmon::engine
