#include "milter/mta/session.h"

#include <algorithm>

#include <malloc.h>

#include "milter/daemon/log.h"
#include "milter/judging/learning.h"
#include "milter/mail/mime/prescan.h"

namespace milter::mta {

namespace {

/// What was found in a larger message may have taken so much memory that the process would keep it for good.
constexpr std::size_t large = 256 * 1024;

constexpr std::string_view in_transit_reached = "the messages on their way together reached 'limits: in_transit'";

std::string_view without_brackets(std::string_view address) {
    if (address.size() >= 2 && address.front() == '<' && address.back() == '>')
        return address.substr(1, address.size() - 2);
    return address;
}

Reply out_of_memory() {
    return refused_with({"451", "4.3.1", "Too much mail at the moment, try again later"});
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
    if (calendar::base::same_word(name, processing_field)) ++forged_;  // it is kept: a signature may cover it
    keep(header_.add(name, leading_space_ == LeadingSpace::kept ? ":" : ": ", value));
}

Session::Next Session::end_of_header(std::string_view auth_login) {
    if (forged_ > snapshot()->config.limits.forged_fields)
        return refuse(refused_with({"550", "5.6.0", "Too many Calendar-Processing header fields"}),
                      "more Calendar-Processing header fields than 'limits: forged_fields'");
    if (wanted_) {
        keep("\r\n");
        return full_ ? refuse(out_of_memory(), in_transit_reached) : Next::body;
    }
    envelope_.auth_login = auth_login;
    envelope_.client_ip = client_ip_;
    if (!full_ && judging::may_teach(*snapshot(), envelope_)) {
        const auto bytes = message_.view();
        const auto header = header_.header(bytes);
        service_.pass(snapshot(), {envelope_, header, bytes});
    }
    return forged_ == 0 ? Next::done : Next::close;
}

void Session::body(std::string_view chunk) {
    if (!wanted_) return;
    const auto room = std::max(snapshot()->config.limits.message, message_.size()) - message_.size();
    keep(chunk.substr(0, room));
    if (chunk.size() > room) extent_ = mail::Extent::cut;
}

Reply Session::end_of_message(std::string_view queue_id, std::string_view auth_login) {
    if (!wanted_) return {};
    envelope_.queue_id = queue_id;
    if (full_) {
        refuse(out_of_memory(), in_transit_reached);
        return refusal_;
    }
    envelope_.auth_login = auth_login;
    envelope_.client_ip = client_ip_;
    const auto deadline = std::chrono::steady_clock::now() + snapshot()->config.limits.end_of_message;
    const auto bytes = message_.view();
    const auto header = header_.header(bytes);
    auto answer = service_.process(
        snapshot(), {.envelope = envelope_, .header = header, .bytes = bytes, .extent = extent_}, deadline);
    if (bytes.size() > large) ::malloc_trim(0);
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

void Session::keep(std::string_view bytes) {
    full_ = full_ || !message_.append(bytes, snapshot()->config.limits.in_transit);
}

Session::Next Session::refuse(Reply refusal, std::string_view reason) {
    using Level = policy::config::Log::Level;
    refusal_ = std::move(refusal);
    // What comes again is for a person to look at: there is too little memory.
    const auto level = refusal_.smtp.code.starts_with('4') ? Level::warning : Level::info;
    daemon::log(level, envelope_.queue_id, "refused",
                {{"client", client_ip_}, {"sender", envelope_.from}, {"smtp", refusal_.smtp.code}, {"detail", reason}});
    return Next::refuse;
}

void Session::reset() {
    envelope_ = {};
    message_.clear();
    header_.clear();
    full_ = false;
    forged_ = 0;
    refusal_ = {};
    wanted_ = false;
    extent_ = mail::Extent::whole;
    snapshot_.reset();
}

}  // namespace milter::mta
