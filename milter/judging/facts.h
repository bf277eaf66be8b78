#pragma once

#include <functional>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "calendar/base/deadline.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/read/stored_object.h"
#include "milter/daemon/snapshot.h"
#include "milter/judging/evidence.h"
#include "milter/judging/speaker.h"
#include "milter/mail/engine.h"
#include "policy/rules/facts.h"
#include "policy/rules/policy.h"

namespace milter::judging {

/// What the facts of one iTIP message for one user are made from; everything outlives the facts.
struct FactSources {
    const daemon::Snapshot& snapshot;
    const Evidence& evidence;
    const calendar::itip::ItipMessage& message;
    const std::optional<Speaker>& speaker;  ///< speaker_of() these
    const policy::users::User& user;
    const calendar::itip::Address& recipient;  ///< the one written to
    bool agent = false;                        ///< it is an agent address that was made for this very event
    calendar::base::Deadline deadline;         ///< of everything that is asked outside
    /// The event as it stands in the user's calendar, or none. Error: why it cannot be known. Called once at most.
    std::function<calendar::base::Found<std::optional<calendar::itip::StoredObject>>()> stored;
};

/// The facts of one message for one user. Each is found out when first asked for, then kept.
class MailFacts : public policy::rules::Facts {
  public:
    explicit MailFacts(FactSources sources);
    const policy::rules::FactValue& ask(policy::rules::Fact fact) override;
    const FactSources& sources() const noexcept { return sources_; }
    /// Who speaks: the party whom a system is proven to send for, else the From address.
    const std::optional<calendar::itip::Address>& sender() const noexcept;
    /// Whether, of the facts that were asked for, nothing but what hangs on a signature's key is unknown.
    bool wait_for_proof_only() const;

    using Stored = calendar::base::Found<std::optional<calendar::itip::StoredObject>>;
    const Stored& stored();

  private:
    policy::rules::FactValue find_out(policy::rules::Fact fact);
    policy::rules::FactValue authenticated() const;
    policy::rules::FactValue matches_stored();
    policy::rules::FactValue address_book(const calendar::itip::Address& person) const;
    bool correspondent(const calendar::itip::Address& person) const;
    bool same_domain(const calendar::itip::Address& person) const;
    policy::rules::FactValue organizer_known() const;
    policy::rules::FactValue known_uid();

    FactSources sources_;
    std::optional<calendar::itip::Address> sender_, person_;  ///< who speaks, and whom the facts about them are about
    std::map<policy::rules::Fact, policy::rules::FactValue> known_;
    std::optional<Stored> stored_;
};

/// What the user's rules say. Whatever they say, a message without exactly one sender changes no calendar, a message of
/// a sender who is not a party to the event is not held, and nothing is accepted before it is known for whom a system
/// sends.
policy::rules::Decision decision_by(const daemon::Snapshot& snapshot, const policy::users::User& user,
                                    const Evidence& evidence, MailFacts& facts);

/// Which calendars are asked for an event: those on this machine, or others too.
enum class Calendars { here, everywhere };

/// How events are looked up while decisions are taken.
struct EventLookup {
    const daemon::Snapshot& snapshot;
    const mail::Engine& engine;
    Calendars calendars = Calendars::here;
    calendar::base::Deadline deadline;

    /// The event in the user's calendar, described by the engine.
    calendar::base::Found<std::optional<calendar::itip::StoredObject>> find(const policy::users::User& user,
                                                                            const std::string& uid) const;
};

}  // namespace milter::judging
