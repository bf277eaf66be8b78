#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "calendar/base/fd.h"

namespace calendar::connectors {

/// Which files of folders come, change and go, as the kernel reports it (inotify). A change is reported before the call
/// that made it returns, whoever made it. Thread-safe.
class FolderWatches {
  public:
    struct Changes {
        std::set<std::string> names;
        bool lost = false;  ///< there may be more than the names, and more to come: watch it anew and list it
    };

    /// One folder, until it is destroyed.
    class Watch {
      public:
        Watch(FolderWatches& watches, int id) : watches_(watches), id_(id) {}
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;
        ~Watch() { watches_.remove(*this); }
        /// Since it began, or since the last call.
        Changes changes() { return watches_.changes_of(*this); }

      private:
        friend class FolderWatches;
        FolderWatches& watches_;
        const int id_;
        Changes changes_;
    };

    FolderWatches();
    /// Must not outlive this object. Null: the kernel cannot watch it. A network file system does not report what
    /// other machines do, and the number of watches is limited.
    std::unique_ptr<Watch> watch(const base::Fd& folder);

  private:
    void remove(Watch& watch);
    Changes changes_of(Watch& watch);
    void read_events();

    const base::Fd inotify_;
    std::mutex mutex_;
    std::multimap<int, Watch*> watches_;  ///< those of one folder have one id
};

}  // namespace calendar::connectors
