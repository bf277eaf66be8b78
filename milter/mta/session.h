#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/base/deadline.h"
#include "milter/daemon/snapshot.h"
#include "milter/mail/mail.h"
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
};

/// Header fields of a mail that only we may write, by their place among those of their name, from 1.
struct Forged {
    int processing = 0;        ///< number of Calendar-Processing fields
    std::vector<int> results;  ///< Authentication-Results of our authserv-id that no filter of this host can have added

    bool none() const noexcept { return processing == 0 && results.empty(); }
};

/// Does the MTA keep the space in front of header values (SMFIP_HDR_LEADSPC), and expect it in those that are added?
enum class LeadingSpace { removed, kept };

/// One connection of the MTA, with the mail that is on it. Called by one thread at a time, but not always the same one.
class Session {
  public:
    explicit Session(const Service& service) : service_(service) {}

    void set_leading_space(LeadingSpace space) { leading_space_ = space; }
    LeadingSpace leading_space() const { return leading_space_; }
    void connect(std::string_view client_ip) { client_ip_ = client_ip; }

    void mail_from(std::string_view address);
    void recipient(std::string_view address);
    /// `value` as libmilter gives it: folds with LF.
    void header(std::string_view name, std::string_view value);

    enum class Next {
        done,   ///< the mail cannot hold a calendar: accept it now, its body never crosses the socket
        body,   ///< the body is wanted
        close,  ///< only the end of message is wanted (to remove a forged field)
    };
    Next end_of_header(std::string_view auth_login);
    /// Keeps what is wanted of it, up to `limits: message`.
    void body(std::string_view chunk);

    Reply end_of_message(std::string_view queue_id, std::string_view auth_login);
    const Forged& forged() const { return forged_; }
    /// The mail is over, whatever became of it.
    void reset();

  private:
    const daemon::SharedSnapshot& snapshot();

    const Service& service_;
    LeadingSpace leading_space_ = LeadingSpace::removed;
    std::string client_ip_;

    mail::Envelope envelope_;
    std::string message_;  ///< the mail as received, CRLF; kept as memory from mail to mail
    mail::HeaderWriter header_;
    Forged forged_;
    bool at_top_ = true;   ///< nothing but Authentication-Results so far: filters before us write them there
    int results_ = 0;      ///< Authentication-Results so far
    bool wanted_ = false;  ///< some Content-Type of the header may hold a calendar; parsers differ on which one counts
    mail::Extent extent_ = mail::Extent::whole;
    daemon::SharedSnapshot snapshot_;  ///< pinned for this mail when first needed
};

}  // namespace milter::mta
