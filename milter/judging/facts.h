#pragma once

#include <functional>
#include <map>
#include <optional>
#include <variant>

#include "calendar/base/deadline.h"
#include "calendar/itip/read/message.h"
#include "milter/daemon/snapshot.h"
#include "milter/judging/evidence.h"
#include "milter/mail/engine.h"
#include "policy/rules/facts.h"
#include "policy/rules/policy.h"

namespace milter {

/// What the facts of one iTIP message for one user are made from; everything outlives the facts.
struct FactSources {
    const Snapshot& snapshot;
    const Evidence& evidence;
    const calendar::itip::ItipMessage& message;
    const policy::User& user;
    const calendar::itip::Address& recipient;  ///< the one written to
    bool agent = false;                        ///< it is an agent address that was made for this very event
    policy::Deadline deadline;                 ///< of everything that is asked outside
    /// The event as it stands in the user's calendar, or none. Error: why it cannot be known. Called once at most.
    std::function<policy::Found<std::optional<calendar::itip::StoredObject>>()> stored;
};

/// The facts of one message for one user. Each is found out when first asked for, then kept.
class MailFacts : public policy::Facts {
  public:
    explicit MailFacts(FactSources sources) : sources_(std::move(sources)) {}
    const policy::FactValue& ask(policy::Fact fact) override;

  private:
    using Stored = policy::Found<std::optional<calendar::itip::StoredObject>>;
    policy::FactValue find_out(policy::Fact fact);
    policy::FactValue address_book() const;
    policy::FactValue known_uid();
    const Stored& stored();

    FactSources sources_;
    std::map<policy::Fact, policy::FactValue> known_;
    std::optional<Stored> stored_;
};

/// What the user's rules say. Whatever they say, a mail without one sender changes no calendar: nobody speaks in it.
policy::Decision decision_by(const Snapshot& snapshot, const policy::User& user, const Evidence& evidence,
                             MailFacts& facts);

/// The event in the user's calendar, described by the engine. A calendar elsewhere is asked only when `may_wait`.
policy::Found<std::optional<calendar::itip::StoredObject>> look_up_event(const Snapshot& snapshot, const Engine& engine,
                                                                         const policy::User& user,
                                                                         const std::string& uid, bool may_wait);

}  // namespace milter
