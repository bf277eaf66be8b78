#pragma once

#include <optional>
#include <string>

#include "calendar/connectors/connector.h"
#include "calendar/connectors/file.h"
#include "calendar/connectors/vdir_index.h"

namespace calendar::connectors {

/// A folder of .ics files, one an event: what khal, vdirsyncer and others read. An event that another program put there
/// under a name of its own is found by its UID and kept under that name. Writers that know each other's lock (all of
/// ours) never overwrite each other; against others the time between the last look and the rename, some microseconds,
/// remains. A file larger than largest_object is not given out; asking for the UID in it is Permanent trouble.
class Vdir final : public Connector {
  public:
    explicit Vdir(VdirOptions options) : options_(std::move(options)) {}

    Result<std::optional<Stored>> fetch(const Owner& owner, const std::string& uid) override;
    Result<void> store(const Owner& owner, const std::string& uid, const std::string& content,
                       const std::optional<Stored>& before) override;
    Result<void> remove(const Owner& owner, const std::string& uid, const Stored& before) override;
    bool immediate() const noexcept override { return true; }

    const VdirIndex& index() const noexcept { return index_; }

  private:
    Result<std::optional<Stored>> find(const Fd& folder, const std::string& path, const std::string& uid);
    Result<void> create(const Fd& folder, const std::string& path, const std::string& uid, const std::string& content);

    const VdirOptions options_;
    VdirIndex index_;
};

}  // namespace calendar::connectors
