#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "calendar/base/deadline.h"
#include "milter/daemon/snapshot.h"
#include "milter/mail/mail.h"
#include "milter/mail/message_bytes.h"
#include "milter/mta/reply.h"

namespace milter::mta {

/// What the sessions of a daemon share.
struct Service {
    std::function<daemon::SharedSnapshot()> snapshot;
    /// Judges, makes durable, answers by the deadline: everything at end of message. Never throws.
    std::function<Reply(const daemon::SharedSnapshot& snapshot, const mail::Mail& mail,
                        calendar::base::Deadline deadline)>
        process;
    /// A mail that can hold no calendar goes by at the end of its header, without its body: what local users hand in
    /// may teach something. Never throws.
    std::function<void(const daemon::SharedSnapshot& snapshot, const mail::Mail& mail)> pass;
    std::shared_ptr<mail::MessageBudget> budget = std::make_shared<mail::MessageBudget>();
};

/// Does the MTA keep the space in front of header values (SMFIP_HDR_LEADSPC), and expect it in those that are added?
enum class LeadingSpace { removed, kept };

/// One connection of the MTA, with the mail that is on it. Called by one thread at a time, but not always the same one.
class Session {
  public:
    explicit Session(const Service& service) : service_(service), message_(service.budget) {}

    void set_leading_space(LeadingSpace space) { leading_space_ = space; }
    LeadingSpace leading_space() const { return leading_space_; }
    void connect(std::string_view client_ip) { client_ip_ = client_ip; }

    void mail_from(std::string_view address);
    void recipient(std::string_view address);
    /// `value` as libmilter gives it: folds with LF.
    void header(std::string_view name, std::string_view value);

    enum class Next {
        done,    ///< the mail cannot hold a calendar: accept it now, its body never crosses the socket
        body,    ///< the body is needed
        close,   ///< only the end of message is needed (to remove a forged field)
        refuse,  ///< refusal() is the answer
    };
    Next end_of_header(std::string_view auth_login);
    const Reply& refusal() const { return refusal_; }
    /// Keeps as much of it as is needed, up to `limits: message`.
    void body(std::string_view chunk);

    Reply end_of_message(std::string_view queue_id, std::string_view auth_login);
    /// Number of Calendar-Processing fields that the message arrived with: all of them are forged.
    std::size_t forged() const { return forged_; }
    /// The message is over, whatever became of it.
    void reset();

  private:
    const daemon::SharedSnapshot& snapshot();
    void keep(std::string_view bytes);
    Next refuse(Reply refusal, std::string_view reason);

    const Service& service_;
    LeadingSpace leading_space_ = LeadingSpace::removed;
    std::string client_ip_;

    mail::Envelope envelope_;
    mail::MessageBytes message_;  ///< the mail as received, CRLF
    bool full_ = false;           ///< not all of it: `limits: in_transit` was reached
    mail::HeaderWriter header_;
    std::size_t forged_ = 0;
    Reply refusal_;
    bool wanted_ = false;  ///< some Content-Type of the header may hold a calendar; parsers differ on which one counts
    mail::Extent extent_ = mail::Extent::whole;
    daemon::SharedSnapshot snapshot_;  ///< pinned for this mail when first needed
};

}  // namespace milter::mta
