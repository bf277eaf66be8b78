#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include "calendar/itip/message.h"
#include "milter/authentication/authentication.h"
#include "milter/engine.h"
#include "milter/snapshot.h"
#include "policy/facts.h"
#include "policy/users.h"

namespace milter {

/// What the facts of one iTIP message for one user are made from; everything outlives the facts.
struct FactSources {
    const Snapshot& snapshot;
    const Engine& engine;
    std::string_view header;  ///< of the mail
    const authentication::Authentication& authentication;
    bool submitted = false;
    const calendar::itip::ItipMessage& message;
    const policy::User& user;
    const calendar::itip::Address& recipient;  ///< the one written to
    bool may_wait = false;                     ///< ask calendars outside this machine too (never while a mail waits)
};

/// The facts of a mail in hand. Each is found out when first asked for, then kept.
class MailFacts : public policy::Facts {
  public:
    explicit MailFacts(FactSources sources) : sources_(sources) {}
    const policy::FactValue& ask(policy::Fact fact) override;

  private:
    using StoredAnswer = std::variant<policy::Unknown, std::optional<calendar::itip::StoredObject>>;
    policy::FactValue find_out(policy::Fact fact);
    policy::FactValue address_book() const;
    const StoredAnswer& stored();

    FactSources sources_;
    std::map<policy::Fact, policy::FactValue> known_;
    std::optional<StoredAnswer> stored_;
};

/// The facts of a mail that has gone on, as they were saved with its job; what the calendar says is asked anew.
class SavedFacts : public policy::Facts {
  public:
    /// `saved` is what save_facts() made. `stored`: the object in the calendar, or none.
    SavedFacts(const nlohmann::json& saved, const std::optional<calendar::itip::StoredObject>& stored);
    const policy::FactValue& ask(policy::Fact fact) override;
    /// What a signature that could not be looked at before has proven now.
    void authenticate(const authentication::Authentication& authentication);

  private:
    std::map<policy::Fact, policy::FactValue> known_;
};

/// `authenticated` and `signed_by`.
policy::FactValue authenticated(const authentication::Authentication& authentication);
policy::FactValue signed_by(const authentication::Authentication& authentication);

/// Everything a later decision needs: all facts that do not depend on the calendar, the sender and the method.
nlohmann::json save_facts(MailFacts& facts, const FactSources& sources);

/// A fact's value for people: true, "organizer or attendee", "unknown: …".
nlohmann::json to_json(const policy::FactValue& value);

/// `known_uid` and `sender_matches_stored`, from the object in the calendar.
policy::FactValue known_uid(const std::optional<calendar::itip::StoredObject>& stored);
policy::FactValue sender_matches_stored(const std::optional<calendar::itip::StoredObject>& stored,
                                        calendar::itip::Method method,
                                        const std::optional<calendar::itip::Address>& from);

}  // namespace milter
