#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "calendar/base/deadline.h"
#include "calendar/base/template.h"
#include "calendar/base/trouble.h"
#include "calendar/itip/text/limits.h"
#include "calendar/net/login.h"

namespace calendar::connectors {

/// A calendar object as the calendar holds it.
struct Stored {
    std::string name;     ///< the resource: URL path or file name, to store under the same one
    std::string version;  ///< ETag, or the content's SHA-256 where there is none; what a store is conditional on
    std::string content;
    std::string also = {};  ///< where else this UID is, for people; empty: nowhere else that was looked at
    std::vector<std::string> owner_uris =
        {};  ///< what the calendar calls its owner (RFC 6638 2.4.1), where that matters
};

/// Bytes of the largest object that is read from or written to a calendar.
inline constexpr std::size_t largest_object = itip::stored_limits.bytes;

/// Permanent: the object is larger.
base::Result<void> check_size(const std::string& what, std::size_t bytes);

/// A call of several requests takes at most this many of the backend's time-outs; then it is Temporary.
inline constexpr int timeouts_of_call = 3;

/// Where accepted events go. Thread-safe. A call asks a bounded number of times; every answer is bounded, and comes
/// within the backend's time-outs or is trouble.
class Connector {
  public:
    virtual ~Connector() = default;

    /// The object with this UID in the owner's calendars; none when there is none. UIDs are a stranger's text.
    /// Temporary when this is not known by the deadline.
    virtual base::Result<std::optional<Stored>> fetch(const base::Owner& owner, const std::string& uid,
                                                      base::Deadline deadline = base::Deadline::max()) = 0;
    /// Writes `content` durably: instead of `before` (fails with Conflict when that is no longer there as it was), or
    /// as a new object (Conflict when one with this UID is there already). Repeating a store that worked is harmless.
    virtual base::Result<void> store(const base::Owner& owner, const std::string& uid, const std::string& content,
                                     const std::optional<Stored>& before) = 0;
    /// Removes `before`; Conflict when it changed. Not there any more is success.
    virtual base::Result<void> remove(const base::Owner& owner, const std::string& uid, const Stored& before) = 0;
    /// True when fetch() asks nothing outside this machine, so that it may be called while a mail waits.
    virtual bool immediate() const noexcept = 0;
};

/// `type: vdir`: a folder of .ics files, one an event.
struct VdirOptions {
    std::string path;  ///< with placeholders; made when missing
};
/// `type: caldav` (RFC 4791).
struct CaldavOptions {
    std::string url;       ///< of the home, with placeholders, ends in '/'; where that is asked for, of the server
    std::string calendar;  ///< collection below the home; empty: the server's default calendar
    net::Login login;
    std::chrono::milliseconds timeout{10'000};  ///< of one request, connecting included; timeouts_of_call of a call
    bool quiet = true;                          ///< asks a server that schedules to send no mail for what we write
    std::string principal = {};  ///< path of the user's principal, with placeholders, which names the home; empty: none
};
using BackendOptions = std::variant<VdirOptions, CaldavOptions>;

/// Throws std::runtime_error with a sentence when it cannot be used at all, e.g. because the password file cannot be
/// read.
std::unique_ptr<Connector> make_connector(const BackendOptions& options);

}  // namespace calendar::connectors
