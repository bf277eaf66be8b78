#include "milter/mail_facts.h"

#include <stdexcept>

#include "calendar/itip/organizational_domain.h"
#include "milter/header_fields.h"
#include "policy/pattern.h"
#include "policy/roles.h"

namespace milter {

using calendar::itip::Address;
using calendar::itip::Method;
using calendar::itip::StoredObject;
using policy::Fact;
using policy::FactValue;
using policy::Unknown;

namespace {

using Words = std::vector<std::string>;

Words list_of(const std::optional<Address>& address) {
    return address ? Words{address->text()} : Words{};
}

bool spam(std::string_view header, const std::vector<policy::config::SpamHeader>& marks) {
    bool found = false;
    for_each_field(header, [&](std::string_view name, std::string_view value) {
        for (const auto& mark : marks)
            found = found || (same_name(name, mark.name) && policy::matches(mark.matches, value));
    });
    return found;
}

/// RFC 2919, RFC 2369, and what old list software writes.
bool mailing_list(std::string_view header) {
    bool found = false;
    for_each_field(header, [&](std::string_view name, std::string_view value) {
        found = found || same_name(name, "List-Id") || same_name(name, "List-Post") ||
                (same_name(name, "Precedence") && same_name(value, "list"));
    });
    return found;
}

bool depends_on_calendar(Fact fact) {
    return fact == Fact::known_uid || fact == Fact::sender_matches_stored;
}

FactValue value_from(const nlohmann::json& json) {
    if (json.is_boolean()) return json.get<bool>();
    if (json.is_array()) return json.get<Words>();
    return Unknown{json.at("unknown").get<std::string>()};
}

}  // namespace

nlohmann::json to_json(const FactValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    if (const auto* words = std::get_if<Words>(&value)) return *words;
    return {{"unknown", std::get<Unknown>(value).why}};
}

FactValue known_uid(const std::optional<StoredObject>& stored) {
    return stored && stored->organizer;
}

FactValue sender_matches_stored(const std::optional<StoredObject>& stored, Method method,
                                const std::optional<Address>& from) {
    return stored && from && policy::matches_stored(*stored, method, *from);
}

FactValue authenticated(const authentication::Authentication& authentication) {
    if (authentication.temporary) return Unknown{"a DKIM key could not be asked for"};
    return authentication.authenticated;
}

FactValue signed_by(const authentication::Authentication& authentication) {
    if (authentication.temporary) return Unknown{"a DKIM key could not be asked for"};
    Words domains;
    for (const auto& signature : authentication.signatures) {
        if (signature.result == authentication::Result::pass) domains.push_back(signature.domain);
    }
    return domains;
}

const FactValue& MailFacts::ask(Fact fact) {
    const auto found = known_.find(fact);
    return found != known_.end() ? found->second : known_.emplace(fact, find_out(fact)).first->second;
}

FactValue MailFacts::find_out(Fact fact) {
    const auto& [snapshot, engine, header, authentication, was_submitted, message, user, recipient, may_wait] =
        sources_;
    const auto& from = authentication.from;
    switch (fact) {
        case Fact::method:
            return Words{std::string(word(message.method))};
        case Fact::component:
            return Words{message.component};
        case Fact::authenticated:
            return milter::authenticated(authentication);
        case Fact::sender_is:
            return from ? policy::sender_roles(message, *from, user) : Words{"other"};
        case Fact::sender_matches_stored:
        case Fact::known_uid: {
            const auto& answer = stored();
            if (const auto* unknown = std::get_if<Unknown>(&answer)) return *unknown;
            const auto& object = std::get<std::optional<StoredObject>>(answer);
            return fact == Fact::known_uid ? known_uid(object) : sender_matches_stored(object, message.method, from);
        }
        case Fact::address_book:
            return address_book();
        case Fact::same_domain:
            return from && calendar::itip::organizational_domain(from->domain()) ==
                               calendar::itip::organizational_domain(user.addresses.front().domain());
        case Fact::recipient_is:
            return Words{policy::recipient_role(message, user, recipient)};
        case Fact::sender:
            return list_of(from);
        case Fact::sender_domain:
            return from ? Words{std::string(from->domain())} : Words{};
        case Fact::recipient:
            return Words{recipient.text()};
        case Fact::organizer:
            return message.organizer() ? Words{message.organizer()->address.text()} : Words{};
        case Fact::signed_by:
            return milter::signed_by(authentication);
        case Fact::spam:
            return spam(header, snapshot.config.spam);
        case Fact::mailing_list:
            return mailing_list(header);
        case Fact::submitted:
            return was_submitted;
        case Fact::hazards: {
            Words words;
            for (const auto hazard : message.hazards)
                words.emplace_back(word(hazard));
            return words;
        }
    }
    throw std::logic_error("a fact without a source");
}

FactValue MailFacts::address_book() const {
    if (!sources_.authentication.from) return false;
    std::optional<Unknown> unknown;
    for (const auto& book : sources_.snapshot.address_books) {
        const auto knows = book->knows(sources_.user.owner(), *sources_.authentication.from);
        if (!knows) {
            unknown = Unknown{knows.error()};
        } else if (*knows) {
            return true;
        }
    }
    if (unknown) return *unknown;
    return false;
}

const MailFacts::StoredAnswer& MailFacts::stored() {
    if (stored_) return *stored_;
    const auto find = [&]() -> StoredAnswer {
        auto& connector = *sources_.snapshot.connectors.at(sources_.snapshot.backend_of(sources_.user));
        if (!connector.immediate() && !sources_.may_wait)
            return Unknown{"the calendar is not asked while the mail waits"};
        const auto fetched = connector.fetch(sources_.user.owner(), sources_.message.uid);
        if (!fetched) return Unknown{calendar::connectors::detail(fetched.error())};
        if (!*fetched) return std::optional<StoredObject>();
        auto described = sources_.engine.describe((*fetched)->content);
        if (!described) return Unknown{"the event in the calendar cannot be read: " + described.error().detail};
        return std::optional<StoredObject>(std::move(*described));
    };
    return stored_.emplace(find());
}

nlohmann::json save_facts(MailFacts& facts, const FactSources& sources) {
    nlohmann::json saved{
        {"facts", nlohmann::json::object()}, {"method", word(sources.message.method)}, {"from", nullptr}};
    if (sources.authentication.from) saved["from"] = sources.authentication.from->text();
    for (const auto& info : policy::all_facts()) {
        if (!depends_on_calendar(info.fact)) saved["facts"][std::string(info.word)] = to_json(facts.ask(info.fact));
    }
    return saved;
}

SavedFacts::SavedFacts(const nlohmann::json& saved, const std::optional<StoredObject>& stored) {
    for (const auto& [name, value] : saved.at("facts").items()) {
        if (const auto fact = policy::fact_of(name)) known_.emplace(*fact, value_from(value));
    }
    const auto method = calendar::itip::method_of(saved.at("method").get<std::string>());
    if (!method) throw std::invalid_argument("saved facts without a method");
    const auto& sender = saved.at("from");
    const auto from = sender.is_null() ? std::nullopt : Address::parse(sender.get<std::string>());
    known_[Fact::known_uid] = known_uid(stored);
    known_[Fact::sender_matches_stored] = sender_matches_stored(stored, *method, from);
}

void SavedFacts::authenticate(const authentication::Authentication& authentication) {
    known_[Fact::authenticated] = authenticated(authentication);
    known_[Fact::signed_by] = signed_by(authentication);
}

const FactValue& SavedFacts::ask(Fact fact) {
    return known_.try_emplace(fact, Unknown{"not saved with the job"}).first->second;
}

}  // namespace milter
