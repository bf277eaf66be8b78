#include "milter/judging/apply_input.h"

namespace milter::judging {

calendar::itip::ApplyInput apply_input(const policy::rules::Decision& decision, const policy::users::User& user,
                                       const calendar::itip::Address& recipient,
                                       const std::optional<calendar::itip::Address>& sender,
                                       const policy::config::Config& config) {
    calendar::itip::ApplyInput input;
    input.recipient = user.addresses;
    input.envelope_recipient = recipient;
    input.sender = sender;
    input.sent_by_allowed = decision.names_sent_by;
    input.sender_known = decision.sender_known;
    input.publish_allowed = decision.names_publish;
    input.schedule_agent = decision.action.schedule_agent;
    input.partstat = decision.action.partstat;
    input.home = user.timezone;
    input.options = config.itip;
    return input;
}

}  // namespace milter::judging
