#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calendar/base/deadline.h"
#include "policy/users/user_source.h"

namespace policy::users {

/// `users:` and `recipient_delimiter:`
struct UsersOptions {
    std::vector<Options> sources;
    /// One or more characters, each of which starts an extension (`bob+list@…`); empty: none.
    std::string recipient_delimiter;
};

/// An address of more users is an error: the filter or query is not what was meant.
constexpr std::size_t most_members = 500;

/// Recipient -> users. The first source that has the recipient wins. Thread-safe.
class Users {
  public:
    /// Throws std::runtime_error with a sentence when a source cannot be used at all.
    explicit Users(const UsersOptions& options);

    /// Each once; empty: not a configured user. The address is tried as it is first, then without its extension; then
    /// it counts as one of the user's addresses. Of several users it is not an address but a list. A preset or backend
    /// that the configuration does not have is left to the caller.
    calendar::base::Found<std::vector<User>> find(const calendar::itip::Address& recipient,
                                                  calendar::base::Deadline deadline) const;
    /// True when no source asks anything outside this process.
    bool immediate() const noexcept;

  private:
    calendar::base::Found<std::vector<User>> look_up(const calendar::itip::Address& address,
                                                     calendar::base::Deadline deadline) const;
    std::vector<std::unique_ptr<UserSource>> sources_;
    std::string recipient_delimiter_;
};

}  // namespace policy::users
