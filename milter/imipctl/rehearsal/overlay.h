#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "calendar/base/threads/lock_guarded.h"
#include "calendar/connectors/connector.h"

namespace milter::imipctl {

/// The calendars of a connector, which is only read, with what was written since over them, which stays in memory.
class Overlay final : public calendar::connectors::Connector {
  public:
    explicit Overlay(std::shared_ptr<Connector> below) : below_(std::move(below)) {}

    calendar::base::Result<std::optional<calendar::connectors::Stored>> fetch(
        const calendar::base::Owner& owner, const std::string& uid, calendar::base::Deadline deadline) override;
    calendar::base::Result<void> store(const calendar::base::Owner& owner, const std::string& uid,
                                       const std::string& content,
                                       const std::optional<calendar::connectors::Stored>& before) override;
    calendar::base::Result<void> remove(const calendar::base::Owner& owner, const std::string& uid,
                                        const calendar::connectors::Stored& before) override;
    bool immediate() const noexcept override { return below_->immediate(); }

  private:
    using Event = std::pair<std::string, std::string>;  // user, UID
    std::shared_ptr<Connector> below_;
    /// Without a value: it was removed.
    calendar::base::LockGuarded<std::map<Event, std::optional<calendar::connectors::Stored>>> written_;
};

}  // namespace milter::imipctl
