#include "milter/mta/callbacks.h"

#include <cerrno>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include "calendar/base/os_error.h"
#include "milter/daemon/log.h"
#include "milter/mta/gate.h"
#include "milter/mta/libmilter_reply.h"
#include "milter/mta/listener.h"

/// C arguments become values, one guard for all callbacks, nothing else happens here.
namespace milter::mta {

namespace {

const Service* service = nullptr;

/// Every callback is inside while it runs: smfi_main() returns while some still do, and more are called afterwards.
Gate gate;

/// What belongs to a connection of the MTA.
struct Connection {
    explicit Connection(const Service& shared) : session(shared) {}
    Session session;
    bool failed = false;  ///< a part of the message under way was lost by a failure, so it cannot be judged
};

Connection* connection_of(SMFICTX* ctx) {
    return static_cast<Connection*>(smfi_getpriv(ctx));
}

std::string_view text(const char* c) {
    return c == nullptr ? std::string_view() : std::string_view(c);
}

std::string_view macro(SMFICTX* ctx, const char* name) {
    return text(smfi_getsymval(ctx, const_cast<char*>(name)));  // libmilter does not write to it
}

void log_failure(std::string_view callback, const char* what) noexcept {
    daemon::log(policy::config::Log::Level::error, {}, "callback-failed", {{"callback", callback}, {"detail", what}});
}

/// `work()`; when it throws, nothing, and a line in the log. Nothing is thrown into C.
template <class Work>
std::optional<sfsistat> guarded(std::string_view callback, Work work) noexcept {
    try {
        return work();
    } catch (const std::exception& error) {
        log_failure(callback, error.what());
    } catch (...) {
        log_failure(callback, "unknown exception");
    }
    return std::nullopt;
}

/// For the callbacks to which the MTA waits for no answer. libmilter answers for us when the MTA does not support that
/// (SMFIP_NR_…), so they always say that they do not reply. A failure is answered at the end of the header or message.
template <class Work>
sfsistat note(SMFICTX* ctx, std::string_view callback, Work work) noexcept {
    const Gate::Pass inside(gate);
    auto* connection = inside ? connection_of(ctx) : nullptr;
    if (connection == nullptr || connection->failed) return SMFIS_NOREPLY;
    connection->failed = !guarded(callback, [&]() -> sfsistat {
        work(connection->session);
        return SMFIS_NOREPLY;
    });
    return SMFIS_NOREPLY;
}

/// `on_error`: the message goes on or comes again.
sfsistat answer_to_fault(SMFICTX* ctx) noexcept {
    const auto answer = guarded("on-error", [ctx]() -> sfsistat {
        if (auto* connection = connection_of(ctx)) {
            connection->session.reset();
            connection->failed = false;
        }
        return service->snapshot()->config.tempfail_on_error ? SMFIS_TEMPFAIL : SMFIS_ACCEPT;
    });
    return answer.value_or(SMFIS_TEMPFAIL);
}

/// For the callbacks whose answer the MTA waits for.
template <class Work>
sfsistat answer(SMFICTX* ctx, std::string_view callback, Work work) noexcept {
    const Gate::Pass inside(gate);
    if (!inside) return SMFIS_TEMPFAIL;
    auto* connection = connection_of(ctx);
    if (connection == nullptr || connection->failed) return answer_to_fault(ctx);
    const auto answer = guarded(callback, [&] { return work(connection->session); });
    return answer ? *answer : answer_to_fault(ctx);
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
    const Gate::Pass inside(gate);
    if (!inside) return SMFIS_CONTINUE;  // the answer at the end of the header is TEMPFAIL
    const auto made = guarded("negotiate", [&]() -> sfsistat {
        auto connection = std::make_unique<Connection>(*service);
        connection->session.set_leading_space(steps & SMFIP_HDR_LEADSPC ? LeadingSpace::kept : LeadingSpace::removed);
        static char eom_macros[] = "i {auth_authen}";
        if ((actions & SMFIF_SETSYMLIST) != 0) smfi_setsymlist(ctx, SMFIM_EOM, eom_macros);
        if (smfi_setpriv(ctx, connection.get()) == MI_SUCCESS) connection.release();
        return SMFIS_CONTINUE;
    });
    return made.value_or(SMFIS_CONTINUE);  // without a connection every message is answered by `on_error`
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

sfsistat on_connect(SMFICTX* ctx, char*, sockaddr* address) {
    return note(ctx, "connect", [&](Session& session) { session.connect(address_text(address)); });
}

sfsistat on_mail(SMFICTX* ctx, char** arguments) {
    return note(ctx, "mail", [&](Session& session) { session.mail_from(text(arguments[0])); });
}

sfsistat on_recipient(SMFICTX* ctx, char** arguments) {
    return note(ctx, "recipient", [&](Session& session) { session.recipient(text(arguments[0])); });
}

sfsistat on_header(SMFICTX* ctx, char* name, char* value) {
    return note(ctx, "header", [&](Session& session) { session.header(text(name), text(value)); });
}

sfsistat on_body(SMFICTX* ctx, unsigned char* chunk, std::size_t length) {
    return note(ctx, "body", [&](Session& session) { session.body({reinterpret_cast<const char*>(chunk), length}); });
}

sfsistat on_end_of_header(SMFICTX* ctx) {
    return answer(ctx, "end-of-header", [&](Session& session) -> sfsistat {
        switch (session.end_of_header(macro(ctx, "{auth_authen}"))) {
            case Session::Next::done:
                session.reset();
                return SMFIS_ACCEPT;
            case Session::Next::refuse: {
                auto refusal = session.refusal();
                session.reset();
                return give(ctx, std::move(refusal), session.leading_space());
            }
            case Session::Next::body:
            case Session::Next::close:
                break;
        }
        return SMFIS_CONTINUE;
    });
}

sfsistat on_end_of_message(SMFICTX* ctx) {
    return answer(ctx, "end-of-message", [&](Session& session) {
        auto reply = session.end_of_message(macro(ctx, "i"), macro(ctx, "{auth_authen}"));
        remove_forged(ctx, session.forged());
        session.reset();
        return give(ctx, std::move(reply), session.leading_space());
    });
}

sfsistat on_abort(SMFICTX* ctx) {
    const Gate::Pass inside(gate);
    auto* connection = inside ? connection_of(ctx) : nullptr;
    if (connection == nullptr) return SMFIS_CONTINUE;
    connection->failed = !guarded("abort", [connection]() -> sfsistat {
        connection->session.reset();
        return SMFIS_CONTINUE;
    });
    return SMFIS_CONTINUE;
}

/// After the gate is closed a connection is left to the end of the process: what it refers to may be gone.
sfsistat on_close(SMFICTX* ctx) {
    const Gate::Pass inside(gate);
    if (!inside) return SMFIS_CONTINUE;
    delete connection_of(ctx);
    smfi_setpriv(ctx, nullptr);
    return SMFIS_CONTINUE;
}

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
        throw std::runtime_error("cannot listen on '" + listen + "': libmilter does not accept this as a socket");
    }
    // libmilter removes the socket that is there, whosever it is.
    if (const auto pid = listener_on(listen))
        throw std::runtime_error("cannot listen on '" + listen + "': already running, pid " + std::to_string(*pid));
    const auto previous = umask(static_cast<mode_t>(~socket_mode & 0777U));
    errno = 0;
    const int opened = smfi_opensocket(true);
    const int error = errno;
    umask(previous);
    if (opened != MI_SUCCESS && error == 0)
        throw std::runtime_error("cannot listen on '" + listen + "': the host name cannot be resolved");
    if (opened != MI_SUCCESS) calendar::base::throw_os_error("cannot listen on '" + listen + "'", error);
}

void serve_milter() {
    const int status = smfi_main();
    gate.close();
    if (status != MI_SUCCESS)
        throw std::runtime_error("libmilter stopped with an error; the system log has its message");
}

void wait_for_callbacks() {
    gate.wait_until_empty();
}

}  // namespace milter::mta
