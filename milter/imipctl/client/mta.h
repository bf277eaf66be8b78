#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Plays the MTA: the client side of the milter protocol (version 6), as Postfix speaks it.
namespace milter::imipctl {

/// What one mail is played with.
struct Envelope {
    std::string from;                     ///< without angle brackets; may be empty
    std::vector<std::string> recipients;  ///< at least one; without angle brackets
    std::string auth_login;               ///< {auth_authen}; empty: none
    std::string client_ip = "127.0.0.1";
    std::string queue_id;  ///< macro i; as in Postfix not known before the second RCPT
};

/// One change that the milter asked for.
struct Change {
    enum class Kind {
        add_header,
        insert_header,     ///< before the header field number `index`, 0: on top
        change_header,     ///< the `index`th field of that name, from 1; an empty value deletes it
        quarantine,        ///< `value`: the reason
        replace_body,      ///< `value`: the new body
        add_recipient,     ///< `value`: the address as the milter wrote it
        delete_recipient,  ///< likewise
        change_from        ///< likewise
    } kind;
    int index = 0;  ///< of a header field
    std::string name;
    std::string value;  ///< of a header field: all that follows the colon, its leading space too, unfolded
};

struct Verdict {
    enum class Kind { accept, reject, discard, tempfail, reply } kind = Kind::accept;
    std::string reply;       ///< with Kind::reply: "550 5.7.1 text"
    bool body_sent = false;  ///< false: answered before the body crossed the socket, or the milter does not take it
    std::vector<Change> changes;
};

/// One connection to a milter; several messages can be played one after another, as in one SMTP session.
/// Not thread-safe. Throws std::runtime_error with a sentence: no connection, protocol broken, no answer within
/// `timeout`.
class Mta {
  public:
    /// `socket` as libmilter writes it: unix:/path, inet:PORT@HOST, inet6:PORT@HOST; the connection is made here, and
    /// options negotiated. `timeout` is for one answer; progress reports extend it.
    Mta(const std::string& socket, std::chrono::milliseconds timeout);
    ~Mta();
    Mta(const Mta&) = delete;
    Mta& operator=(const Mta&) = delete;

    /// `message` is the whole mail; bare LF is sent as CRLF. A refused recipient is left out; when all are, that is the
    /// verdict. After an exception the connection is of no use any more.
    Verdict play(const Envelope& envelope, std::string_view message);

  private:
    class Session;
    std::unique_ptr<Session> session_;
};

}  // namespace milter::imipctl
