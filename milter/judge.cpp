#include "milter/judge.h"

#include <algorithm>

#include "milter/authentication/from.h"
#include "milter/authentication/submission.h"
#include "milter/authentication/trusted_results.h"
#include "milter/header_fields.h"
#include "milter/kept_message.h"
#include "milter/mail_facts.h"
#include "milter/prescan.h"

namespace milter {

using calendar::itip::Address;

namespace {

struct Recipient {
    policy::User user;
    Address address;
};

/// Each user of ours once, by the first of the recipients that leads to him.
std::vector<Recipient> users_of(const Envelope& envelope, const policy::Users& users) {
    std::vector<Recipient> found;
    for (const auto& text : envelope.recipients) {
        const auto address = Address::parse(text);
        if (!address) continue;
        auto user = users.find(*address);
        if (!user) continue;
        const bool known =
            std::any_of(found.begin(), found.end(), [&](const Recipient& r) { return r.user.name == user->name; });
        if (!known) found.push_back({std::move(*user), *address});
    }
    return found;
}

/// What was not proven here may have been by another filter of this site.
void believe_results(const Snapshot& snapshot, std::string_view message, authentication::Authentication& result) {
    if (result.authenticated || !result.from) return;
    auto by = authentication::proven_by_results(header_of(message), *result.from, snapshot.config.authentication);
    if (by.empty()) return;
    result.authenticated = true;
    result.temporary = false;
    result.by = "trusted " + by;
}

authentication::Authentication authenticate(const Snapshot& snapshot, const Envelope& envelope,
                                            std::string_view message, bool submitted) {
    if (snapshot.dkim && !submitted) {
        auto verified = snapshot.dkim->verify(message, envelope.queue_id);
        believe_results(snapshot, message, verified);
        return verified;
    }
    authentication::Authentication result;
    if (auto from = authentication::from_mailbox(header_of(message))) {
        result.from = *from;
        result.authenticated = submitted;
        if (submitted) result.by = "submission";
        believe_results(snapshot, message, result);
    } else {
        result.from_error = from.error();
    }
    return result;
}

nlohmann::json every_fact(MailFacts& facts) {
    nlohmann::json json = nlohmann::json::object();
    for (const auto& info : policy::all_facts())
        json[std::string(info.word)] = to_json(facts.ask(info.fact));
    return json;
}

}  // namespace

policy::Action Judgement::mail() const {
    policy::Action mildest;
    bool first = true;
    for (const auto& decided : decisions) {
        if (first || decided.decision.action.mail < mildest.mail) mildest = decided.decision.action;
        first = false;
    }
    return mildest;
}

const calendar::itip::Refusal* Judgement::refusal() const {
    if (inspection.error) return &*inspection.error;
    for (const auto& part : inspection.parts) {
        if (inspection.usable() == nullptr && part.error) return &*part.error;
    }
    return nullptr;
}

Judgement judge(const Snapshot& snapshot, const Engine& engine, const Envelope& envelope, std::string_view message,
                Extent extent, Purpose purpose) {
    Judgement judgement;
    if (purpose == Purpose::deliver && !looks_like_calendar(message)) return judgement;
    if (extent == Extent::whole) {
        judgement.inspection = engine.inspect(message, snapshot.limits);
    } else {
        judgement.inspection.error = {calendar::itip::Reason::too_large, "the mail is larger than limits: message"};
    }
    const auto& error = judgement.inspection.error;
    const bool none =
        judgement.inspection.parts.empty() && (!error || error->reason == calendar::itip::Reason::no_calendar);
    const auto recipients = users_of(envelope, snapshot.config.users);
    judgement.concerns_us = !none && !recipients.empty();
    if (purpose == Purpose::deliver && !judgement.concerns_us) return judgement;

    const auto* part = judgement.inspection.usable();
    if (purpose == Purpose::deliver && part == nullptr) return judgement;
    const auto header = header_of(message);
    const auto from = authentication::from_mailbox(header);
    const bool submitted =
        authentication::submitted(snapshot.config.authentication.submission, snapshot.config.users,
                                  from ? std::optional(*from) : std::nullopt, envelope.auth_login, envelope.client_ip);
    judgement.authentication = authenticate(snapshot, envelope, message, submitted);
    if (part == nullptr) return judgement;

    for (const auto& [user, address] : recipients) {
        for (const auto& itip : part->messages) {
            const FactSources sources{snapshot, engine, header,  judgement.authentication,   submitted,
                                      itip,     user,   address, purpose == Purpose::explain};
            MailFacts facts(sources);
            UserDecision decided{user, address, part->path, itip, policy::decide(snapshot.policy_of(user), facts),
                                 {},   {}};
            if (purpose == Purpose::explain) decided.facts = every_fact(facts);
            if (decided.decision.deferred) {
                decided.saved_facts = save_facts(facts, sources);
                if (judgement.authentication.temporary) keep_message(decided.saved_facts, message);
            }
            judgement.decisions.push_back(std::move(decided));
        }
    }
    return judgement;
}

}  // namespace milter
