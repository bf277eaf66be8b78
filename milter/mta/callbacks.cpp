#include "milter/mta/callbacks.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include "milter/daemon/log.h"

/// C arguments become values, one guard for all callbacks, nothing else happens here.
namespace milter::mta {

namespace {

const Service* service = nullptr;

/// Callbacks that are running: smfi_main() returns while some still are.
std::atomic<int> under_way{0};
struct UnderWay {
    UnderWay() { under_way.fetch_add(1, std::memory_order_relaxed); }
    ~UnderWay() { under_way.fetch_sub(1, std::memory_order_release); }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
};

std::string_view text(const char* c) {
    return c == nullptr ? std::string_view() : std::string_view(c);
}

std::string_view macro(SMFICTX* ctx, const char* name) {
    return text(smfi_getsymval(ctx, const_cast<char*>(name)));  // libmilter does not write to it
}

/// Runs `work` on the connection's session, which is made when it is not there. Nothing is thrown into C: whatever
/// happens, the mail goes on.
template <class Work>
sfsistat with_session(SMFICTX* ctx, std::string_view callback, Work work) {
    const UnderWay running;
    try {
        auto* session = static_cast<Session*>(smfi_getpriv(ctx));
        if (session == nullptr) {
            session = new Session(*service);
            smfi_setpriv(ctx, session);
        }
        return work(*session);
    } catch (const std::exception& error) {
        daemon::log(policy::config::Log::Level::error, {}, "callback-failed",
                    {{"callback", callback}, {"detail", error.what()}});
        return SMFIS_ACCEPT;
    }
}

/// SMFIP_NR_BODY and not SMFIP_SKIP: who answers no chunk of a body cannot stop it, and libmilter then writes an error
/// to syslog for each. What is beyond the limit crosses the socket and is let go; a round trip for each chunk of every
/// other mail would cost more.
constexpr unsigned long wanted_steps = SMFIP_NOHELO | SMFIP_NODATA | SMFIP_NOUNKNOWN | SMFIP_NR_CONN | SMFIP_NR_MAIL |
                                       SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC;
constexpr unsigned long wanted_actions = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST;

sfsistat on_negotiate(SMFICTX* ctx, unsigned long actions, unsigned long steps, unsigned long, unsigned long,
                      unsigned long* our_actions, unsigned long* our_steps, unsigned long* p2, unsigned long* p3) {
    *our_actions = actions & wanted_actions;
    *our_steps = steps & wanted_steps;
    *p2 = *p3 = 0;
    return with_session(ctx, "negotiate", [&](Session& session) {
        session.set_leading_space((steps & SMFIP_HDR_LEADSPC) != 0);
        static char eom_macros[] = "i {auth_authen}";
        if ((actions & SMFIF_SETSYMLIST) != 0) smfi_setsymlist(ctx, SMFIM_EOM, eom_macros);
        return static_cast<sfsistat>(SMFIS_CONTINUE);
    });
}

std::string address_text(const sockaddr* address) {
    char buffer[INET6_ADDRSTRLEN] = "";
    if (address != nullptr && address->sa_family == AF_INET) {
        inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, buffer, sizeof buffer);
    } else if (address != nullptr && address->sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, buffer, sizeof buffer);
    }
    return buffer;
}

// libmilter answers for us when the MTA does not know the NR_ steps, so these may always say that they do not reply.

sfsistat on_connect(SMFICTX* ctx, char*, sockaddr* address) {
    return with_session(ctx, "connect", [&](Session& session) {
        session.connect(address_text(address));
        return static_cast<sfsistat>(SMFIS_NOREPLY);
    });
}

sfsistat on_mail(SMFICTX* ctx, char** arguments) {
    return with_session(ctx, "mail", [&](Session& session) {
        session.mail_from(text(arguments[0]));
        return static_cast<sfsistat>(SMFIS_NOREPLY);
    });
}

sfsistat on_recipient(SMFICTX* ctx, char** arguments) {
    return with_session(ctx, "recipient", [&](Session& session) {
        session.recipient(text(arguments[0]));
        return static_cast<sfsistat>(SMFIS_NOREPLY);
    });
}

sfsistat on_header(SMFICTX* ctx, char* name, char* value) {
    return with_session(ctx, "header", [&](Session& session) {
        session.header(text(name), text(value));
        return static_cast<sfsistat>(SMFIS_NOREPLY);
    });
}

sfsistat on_end_of_header(SMFICTX* ctx) {
    return with_session(ctx, "end-of-header", [&](Session& session) -> sfsistat {
        switch (session.end_of_header(macro(ctx, "{auth_authen}"))) {
            case Session::Next::done:
                session.reset();
                return SMFIS_ACCEPT;
            case Session::Next::body:
            case Session::Next::close:
                break;
        }
        return SMFIS_CONTINUE;
    });
}

sfsistat on_body(SMFICTX* ctx, unsigned char* chunk, std::size_t length) {
    return with_session(ctx, "body", [&](Session& session) {
        session.body({reinterpret_cast<const char*>(chunk), length});
        return static_cast<sfsistat>(SMFIS_NOREPLY);
    });
}

/// Header values that end in NUL, for a C interface that wants char*.
char* c_text(std::string& text) {
    return text.data();
}

/// The last one first: a removal moves those behind it.
void remove(SMFICTX* ctx, const Forged& forged) {
    bool removed = true;
    std::string name = processing_field;
    for (int index = forged.processing; index > 0 && removed; --index)
        removed = smfi_chgheader(ctx, c_text(name), index, nullptr) == MI_SUCCESS;
    name = "Authentication-Results";
    for (auto left = forged.results.size(); left > 0 && removed; --left)
        removed = smfi_chgheader(ctx, c_text(name), forged.results[left - 1], nullptr) == MI_SUCCESS;
    if (!removed) {
        daemon::log(policy::config::Log::Level::warning, {}, "forged-field-stays",
                    {{"detail", "the MTA does not let a field be removed"}});
    }
}

/// libmilter hands the text to the MTA as a format string.
std::string format_of(std::string_view text) {
    std::string format;
    for (const char c : text)
        format.append(c == '%' ? 2 : 1, c);
    return format;
}

sfsistat give(SMFICTX* ctx, Reply answer, bool leading_space) {
    std::string name = processing_field;
    if (!answer.field.empty()) {
        std::string value = (leading_space ? " " : "") + answer.field;
        if (smfi_insheader(ctx, 0, c_text(name), c_text(value)) != MI_SUCCESS) {
            daemon::log(policy::config::Log::Level::warning, {}, "no-header-field",
                        {{"detail", "the MTA does not let a field be added"}});
        }
    }
    switch (answer.verdict) {
        case Reply::Verdict::deliver:
            return SMFIS_ACCEPT;
        case Reply::Verdict::quarantine:
            if (smfi_quarantine(ctx, c_text(answer.quarantine_reason)) != MI_SUCCESS) {
                daemon::log(policy::config::Log::Level::warning, {}, "no-quarantine",
                            {{"detail", "the MTA does not let a mail be held, so it is delivered"}});
            }
            return SMFIS_ACCEPT;
        case Reply::Verdict::reject:
            answer.reply_text = format_of(answer.reply_text);
            smfi_setreply(ctx, c_text(answer.reply_code), c_text(answer.reply_status), c_text(answer.reply_text));
            return answer.reply_code.starts_with('4') ? SMFIS_TEMPFAIL : SMFIS_REJECT;
        case Reply::Verdict::discard:
            return SMFIS_DISCARD;
        case Reply::Verdict::tempfail:
            return SMFIS_TEMPFAIL;
    }
    return SMFIS_ACCEPT;
}

sfsistat on_end_of_message(SMFICTX* ctx) {
    return with_session(ctx, "end-of-message", [&](Session& session) {
        auto answer = session.end_of_message(macro(ctx, "i"), macro(ctx, "{auth_authen}"));
        remove(ctx, session.forged());
        session.reset();
        return give(ctx, std::move(answer), session.leading_space());
    });
}

sfsistat on_abort(SMFICTX* ctx) {
    if (smfi_getpriv(ctx) == nullptr) return SMFIS_CONTINUE;
    return with_session(ctx, "abort", [](Session& session) {
        session.reset();
        return static_cast<sfsistat>(SMFIS_CONTINUE);
    });
}

sfsistat on_close(SMFICTX* ctx) {
    const UnderWay running;
    delete static_cast<Session*>(smfi_getpriv(ctx));
    smfi_setpriv(ctx, nullptr);
    return SMFIS_CONTINUE;
}

/// How long callbacks that are under way may take after the milter was told to stop; longer than any answer takes.
constexpr auto drain_time = std::chrono::seconds(60);

}  // namespace

void open_milter(const std::string& listen, unsigned socket_mode, const Service& shared) {
    service = &shared;
    smfiDesc description{};
    static char name[] = "imip-milter";
    description.xxfi_name = name;
    description.xxfi_version = SMFI_VERSION;
    description.xxfi_flags = wanted_actions;
    description.xxfi_negotiate = on_negotiate;
    description.xxfi_connect = on_connect;
    description.xxfi_envfrom = on_mail;
    description.xxfi_envrcpt = on_recipient;
    description.xxfi_header = on_header;
    description.xxfi_eoh = on_end_of_header;
    description.xxfi_body = on_body;
    description.xxfi_eom = on_end_of_message;
    description.xxfi_abort = on_abort;
    description.xxfi_close = on_close;
    std::string socket = listen;
    if (smfi_setconn(socket.data()) != MI_SUCCESS || smfi_register(description) != MI_SUCCESS) {
        throw std::runtime_error("libmilter does not take listen: " + listen);
    }
    const auto previous = umask(static_cast<mode_t>(~socket_mode & 0777U));
    const int opened = smfi_opensocket(true);
    umask(previous);
    if (opened != MI_SUCCESS) throw std::runtime_error("cannot listen on " + listen);
}

void serve_milter() {
    const int status = smfi_main();
    const auto until = std::chrono::steady_clock::now() + drain_time;
    while (under_way.load(std::memory_order_acquire) > 0 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (status != MI_SUCCESS) throw std::runtime_error("libmilter stopped with an error");
}

}  // namespace milter::mta
