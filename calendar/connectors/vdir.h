#pragma once

#include <optional>
#include <string>

#include "calendar/connectors/connector.h"
#include "calendar/connectors/file.h"
#include "calendar/connectors/vdir_index.h"

namespace calendar::connectors {

/// A folder of .ics files, one an event: what khal, vdirsyncer and others read. An event that another program put there
/// under a name of its own is found by its UID and kept under that name. Writers that use the same lock (all of ours)
/// never overwrite each other; against others the time between the last look and the rename, some microseconds,
/// remains. A file larger than an object may be is not given out; asking for the UID in it is Permanent trouble.
class Vdir final : public Connector {
  public:
    explicit Vdir(VdirOptions options) : options_(std::move(options)), index_(2 * largest_object) {}

    base::Result<std::optional<Stored>> fetch(const base::Owner& owner, const std::string& uid,
                                              base::Deadline deadline = base::Deadline::max()) override;
    base::Result<void> store(const base::Owner& owner, const std::string& uid, const std::string& content,
                             const std::optional<Stored>& before) override;
    base::Result<void> remove(const base::Owner& owner, const std::string& uid, const Stored& before) override;
    bool immediate() const noexcept override { return true; }

    const VdirIndex& index() const noexcept { return index_; }

  private:
    base::Result<std::optional<std::string>> read(const base::Fd& folder, const std::string& name) const;
    base::Result<std::optional<Stored>> find(const base::Fd& folder, const std::string& path, const std::string& uid,
                                             base::Deadline deadline);
    base::Result<void> create(const base::Fd& folder, const std::string& path, const std::string& uid,
                              const std::string& content);

    const VdirOptions options_;
    VdirIndex index_;
};

}  // namespace calendar::connectors
