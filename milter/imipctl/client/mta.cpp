#include "milter/imipctl/client/mta.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "milter/imipctl/client/macros.h"
#include "milter/imipctl/client/message_text.h"
#include "milter/imipctl/client/wire.h"

namespace milter::imipctl {
namespace {

// What the MTA offers: all actions and all steps of version 6.
constexpr std::uint32_t version = 6;
constexpr std::uint32_t all_actions = 0x1ff;
constexpr std::uint32_t all_steps = 0x1fffff;
constexpr std::uint32_t leading_space = 0x100000;  // header values come with the space after the colon
constexpr std::size_t body_chunk = 65535;

/// One step of the conversation: its command, and the bits by which a milter opts out of it, or of answering it.
/// `macros` is the number by which the milter requests macros for it.
struct Step {
    char command;
    std::uint32_t unwanted;
    std::uint32_t unanswered;
    std::uint32_t macros;
};
constexpr Step connect_step{.command = 'C', .unwanted = 0x1, .unanswered = 0x1000, .macros = 0};
constexpr Step helo_step{.command = 'H', .unwanted = 0x2, .unanswered = 0x2000, .macros = 1};
constexpr Step mail_step{.command = 'M', .unwanted = 0x4, .unanswered = 0x4000, .macros = 2};
constexpr Step rcpt_step{.command = 'R', .unwanted = 0x8, .unanswered = 0x8000, .macros = 3};
constexpr Step data_step{.command = 'T', .unwanted = 0x200, .unanswered = 0x10000, .macros = 4};
constexpr Step header_step{.command = 'L', .unwanted = 0x20, .unanswered = 0x80, .macros = 6};
constexpr Step end_of_header_step{.command = 'N', .unwanted = 0x40, .unanswered = 0x40000, .macros = 6};
constexpr Step body_step{.command = 'B', .unwanted = 0x10, .unanswered = 0x80000, .macros = 5};
constexpr Step end_of_message_step{.command = 'E', .unwanted = 0, .unanswered = 0, .macros = 5};

std::string domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? std::string() : std::string(address.substr(at + 1));
}

}  // namespace

class Mta::Session {
  public:
    Session(const std::string& socket, std::chrono::milliseconds timeout);
    ~Session();
    Verdict play(const Envelope& envelope, std::string_view message);

  private:
    /// What a step's answer means for the mail.
    enum class AfterStep { go_on, skip, final };

    bool connect(const Envelope& envelope);
    bool send_envelope(const Envelope& envelope);
    bool send_headers(std::string_view& message);
    void send_body(std::string_view body);
    AfterStep event(const Step& step, std::string_view data = {});
    std::optional<AfterStep> read_answer(const Step& step);
    void read_change(const Wire::Packet& packet);

    Wire wire_;
    std::uint32_t steps_ = 0;
    Macros macros_;
    std::string client_ip_;                         ///< of the SMTP session that this connection plays
    std::optional<Verdict> verdict_of_connection_;  ///< the answer to connect or HELO holds for every mail
    Verdict verdict_;
};

Mta::Session::Session(const std::string& socket, std::chrono::milliseconds timeout) : wire_(socket, timeout) {
    std::string offer;
    for (const auto number : {version, all_actions, all_steps})
        append_u32(offer, number);
    wire_.put('O', offer);
    const Wire::Packet answer = wire_.get();
    if (answer.command != 'O') throw std::runtime_error("the milter did not reply to the option negotiation");
    Fields fields(answer.data);
    const std::uint32_t its_version = fields.u32();
    const std::uint32_t actions = fields.u32();
    steps_ = fields.u32();
    if (its_version > version || its_version < 2)
        throw std::runtime_error(
            fmt::format("unsupported milter protocol version {}; supported: 2 to {}", its_version, version));
    if ((actions & ~all_actions) != 0 || (steps_ & ~all_steps) != 0)
        throw std::runtime_error("the milter requested options that were not offered");
    while (!fields.empty()) {
        const std::uint32_t stage = fields.u32();
        macros_.request(stage, fields.string());
    }
}

Mta::Session::~Session() {
    try {
        wire_.put('Q');
        wire_.flush();
    } catch (const std::runtime_error&) {
        // The milter went first.
    }
}

Mta::Session::AfterStep Mta::Session::event(const Step& step, std::string_view data) {
    // Postfix sends macros also in front of a step that is then left out.
    wire_.put('D', step.command + macros_.packet(step.macros));
    if ((steps_ & step.unwanted) != 0) return AfterStep::go_on;
    wire_.put(step.command, data);
    if ((steps_ & step.unanswered) != 0) return AfterStep::go_on;
    while (true)
        if (const auto answer = read_answer(step)) return *answer;
}

/// Nothing: a report of progress, or a change; the answer is still to come.
std::optional<Mta::Session::AfterStep> Mta::Session::read_answer(const Step& step) {
    const Wire::Packet packet = wire_.get();
    const auto decide = [this](Verdict::Kind kind) {
        verdict_.kind = kind;
        return AfterStep::final;
    };
    switch (packet.command) {
        case 'p':
            return std::nullopt;
        case 'c':
            return AfterStep::go_on;
        case 's':
            return AfterStep::skip;
        case 'a':
            return decide(Verdict::Kind::accept);
        case 'r':
            return decide(Verdict::Kind::reject);
        case 'd':
            return decide(Verdict::Kind::discard);
        case 't':
            return decide(Verdict::Kind::tempfail);
        case '4':
            verdict_.reply = "421 4.7.0 closing";
            return decide(Verdict::Kind::reply);
        case 'y': {
            const std::string text = Fields(packet.data).string();
            verdict_.reply.clear();
            for (std::size_t i = 0; i < text.size(); ++i) {  // a milter doubles %
                if (text[i] == '%' && i + 1 < text.size()) ++i;
                verdict_.reply += text[i];
            }
            return decide(Verdict::Kind::reply);
        }
        default:
            // A milter can change the message at its end only.
            if (step.command != end_of_message_step.command)
                throw std::runtime_error(fmt::format("unexpected reply {:#x} of the milter to {}",
                                                     static_cast<unsigned char>(packet.command), step.command));
            read_change(packet);
            return std::nullopt;
    }
}

void Mta::Session::read_change(const Wire::Packet& packet) {
    Fields fields(packet.data);
    const auto keep = [this](Change::Kind kind, std::string value) {
        verdict_.changes.push_back({.kind = kind, .index = 0, .name = {}, .value = std::move(value)});
    };
    const auto read_index = [&] { return static_cast<int>(std::min<std::uint32_t>(fields.u32(), 0x7fffffff)); };
    const auto keep_header = [&](Change::Kind kind, int index) {
        std::string name = fields.string();
        std::string value = fields.string();
        std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
        const bool deleted = kind == Change::Kind::change_header && value.empty();
        if ((steps_ & leading_space) == 0 && !deleted) value.insert(0, 1, ' ');  // then it is the MTA that writes it
        verdict_.changes.push_back({.kind = kind, .index = index, .name = std::move(name), .value = std::move(value)});
    };
    switch (packet.command) {
        case 'h':
            return keep_header(Change::Kind::add_header, 0);
        case 'i':
            return keep_header(Change::Kind::insert_header, read_index());
        case 'm':
            return keep_header(Change::Kind::change_header, read_index());
        case 'q':
            return keep(Change::Kind::quarantine, fields.string());
        case '+':
        case '2':
            return keep(Change::Kind::add_recipient, fields.string());
        case '-':
            return keep(Change::Kind::delete_recipient, fields.string());
        case 'e':
            return keep(Change::Kind::change_from, fields.string());
        case 'b':
            if (verdict_.changes.empty() || verdict_.changes.back().kind != Change::Kind::replace_body)
                keep(Change::Kind::replace_body, {});
            verdict_.changes.back().value += packet.data;
            return;
        default:
            throw std::runtime_error(
                fmt::format("unknown reply {:#x} of the milter", static_cast<unsigned char>(packet.command)));
    }
}

/// False: the milter decided for the whole connection.
bool Mta::Session::connect(const Envelope& envelope) {
    const bool loopback = envelope.client_ip == "127.0.0.1" || envelope.client_ip == "::1";
    const std::string name = loopback ? "localhost" : "unknown";
    client_ip_ = envelope.client_ip;
    macros_.set("_", fmt::format("{} [{}]", name, client_ip_));
    macros_.set("{client_addr}", client_ip_);
    macros_.set("{client_name}", name);
    std::string data = with_nul(name);
    data += client_ip_.find(':') == std::string::npos ? '4' : '6';
    append_u16(data, 25000);  // any unprivileged port
    data += with_nul(client_ip_);
    return event(connect_step, data) != AfterStep::final && event(helo_step, with_nul(name)) != AfterStep::final;
}

/// False: the milter has decided.
bool Mta::Session::send_envelope(const Envelope& envelope) {
    for (const auto* name : {"i", "{auth_type}", "{auth_authen}", "{mail_addr}", "{mail_host}"})
        macros_.unset(name);
    if (!envelope.auth_login.empty()) {
        macros_.set("{auth_type}", "PLAIN");
        macros_.set("{auth_authen}", envelope.auth_login);
    }
    macros_.set("{mail_addr}", envelope.from);
    macros_.set("{mail_host}", domain_of(envelope.from));
    macros_.set("{mail_mailer}", "smtp");
    macros_.set("{rcpt_mailer}", "local");
    if (event(mail_step, with_nul("<" + envelope.from + ">")) == AfterStep::final) return false;
    bool any = false;
    for (const auto& recipient : envelope.recipients) {
        macros_.set("{rcpt_addr}", recipient);
        macros_.set("{rcpt_host}", domain_of(recipient));
        const bool refused = event(rcpt_step, with_nul("<" + recipient + ">")) == AfterStep::final;
        // Accepting or discarding here is for the whole mail, refusing is for this recipient only.
        if (refused && (verdict_.kind == Verdict::Kind::accept || verdict_.kind == Verdict::Kind::discard))
            return false;
        any = any || !refused;
        if (!refused && !envelope.queue_id.empty()) macros_.set("i", envelope.queue_id);
    }
    if (!any) return false;
    verdict_ = Verdict();
    if (event(data_step) == AfterStep::final) return false;
    wire_.flush();  // Postfix now hands the connection to another process
    return true;
}

/// False: the milter has decided. Else `message` is what follows the header.
bool Mta::Session::send_headers(std::string_view& message) {
    bool skip = false;
    while (const auto field = take_header_field(message)) {
        if (skip) continue;
        std::string_view value = field->value;
        if ((steps_ & leading_space) == 0 && value.starts_with(' ')) value.remove_prefix(1);
        std::string with_lf;
        for (const char c : value)
            if (c != '\r') with_lf += c;
        const AfterStep answer = event(header_step, with_nul(field->name) + with_nul(with_lf));
        if (answer == AfterStep::final) return false;
        skip = answer == AfterStep::skip;
    }
    return event(end_of_header_step) != AfterStep::final;
}

void Mta::Session::send_body(std::string_view body) {
    for (; !body.empty(); body.remove_prefix(std::min(body.size(), body_chunk))) {
        verdict_.body_sent = (steps_ & body_step.unwanted) == 0;
        const AfterStep answer = event(body_step, body.substr(0, body_chunk));
        if (answer == AfterStep::final) return;
        if (answer == AfterStep::skip) break;
    }
    event(end_of_message_step);
}

Verdict Mta::Session::play(const Envelope& envelope, std::string_view message) {
    verdict_ = Verdict();
    if (client_ip_ != envelope.client_ip) {
        if (!client_ip_.empty()) wire_.put('K');  // the same connection, another SMTP session
        verdict_of_connection_.reset();
        if (!connect(envelope)) verdict_of_connection_ = verdict_;
    }
    if (verdict_of_connection_) return *verdict_of_connection_;
    if (send_envelope(envelope) && send_headers(message)) {
        std::string with_crlf;
        if (!ends_lines_in_crlf(message)) message = with_crlf = in_crlf(message);
        send_body(message);
    }
    wire_.put('A');  // Postfix does so after every mail
    return std::move(verdict_);
}

Mta::Mta(const std::string& socket, std::chrono::milliseconds timeout)
    : session_(std::make_unique<Session>(socket, timeout)) {}

Mta::~Mta() = default;

Verdict Mta::play(const Envelope& envelope, std::string_view message) {
    return session_->play(envelope, message);
}

}  // namespace milter::imipctl
