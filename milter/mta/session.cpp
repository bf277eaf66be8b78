#include "milter/mta/session.h"

#include <algorithm>

#include "milter/authentication/trusted_results.h"
#include "milter/daemon/log.h"
#include "milter/judging/learning.h"
#include "milter/mail/prescan.h"

namespace milter::mta {

namespace {

/// Memory that a session keeps between mails, in bytes: enough for nearly every one. MTAs close idle connections.
constexpr std::size_t kept_memory = 1024 * 1024;

std::string_view without_brackets(std::string_view address) {
    if (address.size() >= 2 && address.front() == '<' && address.back() == '>')
        return address.substr(1, address.size() - 2);
    return address;
}

}  // namespace

void Session::mail_from(std::string_view address) {
    reset();
    envelope_.from = without_brackets(address);
}

void Session::recipient(std::string_view address) {
    envelope_.recipients.emplace_back(without_brackets(address));
}

void Session::header(std::string_view name, std::string_view value) {
    if (calendar::base::same_word(name, "Content-Type")) wanted_ = wanted_ || mail::may_hold_calendar(value);
    if (calendar::base::same_word(name, processing_field))
        ++forged_.processing;  // stays in message_: a signature may cover it
    if (!calendar::base::same_word(name, "Authentication-Results")) {
        at_top_ = false;
    } else if (++results_; !at_top_ && calendar::base::same_word(authentication::claimed_authserv_id(value),
                                                                 snapshot()->config.authserv_id)) {
        forged_.results.push_back(results_);
    }
    header_.add(message_, name, leading_space_ == LeadingSpace::kept ? ":" : ": ", value);
}

Session::Next Session::end_of_header(std::string_view auth_login) {
    if (wanted_) {
        message_.append("\r\n");
        return Next::body;
    }
    envelope_.auth_login = auth_login;
    envelope_.client_ip = client_ip_;
    if (judging::may_teach(*snapshot(), envelope_)) {
        const auto header = header_.header(message_);
        service_.pass(snapshot(), {envelope_, header, message_});
    }
    return forged_.none() ? Next::done : Next::close;
}

void Session::body(std::string_view chunk) {
    if (!wanted_) return;
    const auto room = std::max(snapshot()->config.limits.message, message_.size()) - message_.size();
    message_.append(chunk.substr(0, room));
    if (chunk.size() > room) extent_ = mail::Extent::cut;
}

Reply Session::end_of_message(std::string_view queue_id, std::string_view auth_login) {
    if (!wanted_) return {};
    envelope_.queue_id = queue_id;
    envelope_.auth_login = auth_login;
    envelope_.client_ip = client_ip_;
    const auto deadline = std::chrono::steady_clock::now() + snapshot()->config.limits.end_of_message;
    const auto header = header_.header(message_);
    auto answer = service_.process(
        snapshot(), {.envelope = envelope_, .header = header, .bytes = message_, .extent = extent_}, deadline);
    if (extent_ == mail::Extent::cut && answer.field.empty()) {
        daemon::log(
            policy::config::Log::Level::info, queue_id, "not-read",
            {{"reason", calendar::itip::word(calendar::itip::Reason::too_large)},
             {"detail", "no calendar part was found in the first bytes of the message, up to 'limits: message'"}});
    }
    return answer;
}

const daemon::SharedSnapshot& Session::snapshot() {
    if (!snapshot_) snapshot_ = service_.snapshot();
    return snapshot_;
}

void Session::reset() {
    envelope_ = {};
    message_.clear();
    header_.clear();
    if (message_.capacity() > kept_memory) message_.shrink_to_fit();
    forged_ = {};
    at_top_ = true;
    results_ = 0;
    wanted_ = false;
    extent_ = mail::Extent::whole;
    snapshot_.reset();
}

}  // namespace milter::mta
