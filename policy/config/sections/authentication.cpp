#include <fmt/format.h>

#include "calendar/base/text.h"
#include "policy/config/outside.h"
#include "policy/config/read_sections.h"
#include "policy/config/text/names.h"
#include "policy/config/text/units.h"

namespace policy::config {
namespace {

constexpr std::size_t most_hops = 20;

/// ADDRESS or ADDRESS@PORT.
std::optional<NameServer> nameserver_of(const std::string& text) {
    const auto at = text.find('@');
    NameServer server{text.substr(0, at)};
    if (server.address.find('/') != std::string::npos || !calendar::base::Network::parse(server.address))
        return std::nullopt;
    if (at == std::string::npos) return server;
    const auto port = parse_port(std::string_view(text).substr(at + 1));
    if (!port) return std::nullopt;
    server.port = *port;
    return server;
}

std::optional<std::string> field_of(const std::string& text) {
    return is_field_name(text) ? std::optional(calendar::base::lowered(text)) : std::nullopt;
}

void read_dkim(const Value& value, Dkim& dkim, Mistakes& mistakes) {
    using namespace std::chrono_literals;
    Section section(value, "authentication.dkim", mistakes);
    section.boolean("verify", dkim.verify);
    const Value* keys_file = section.find("keys_file");
    if (keys_file != nullptr && keys_file->kind != Value::Kind::null)
        dkim.keys_file = read_file_name(section, "keys_file");
    section.parsed("nameservers", dkim.nameservers, nameserver_of, "IP addresses, as ADDRESS or ADDRESS@PORT");
    section.duration("timeout", dkim.timeout, 100ms, 60s);
    std::size_t bits = dkim.minimum_rsa_bits;
    section.count("minimum_rsa_bits", bits, 1024, 4096);  // RFC 8301 3.2; libopendkim cannot read longer keys
    dkim.minimum_rsa_bits = static_cast<unsigned>(bits);
    section.count("signatures", dkim.signatures, 1, 50);
    const Value* maximum_age = section.find("maximum_age");
    if (maximum_age != nullptr && maximum_age->kind != Value::Kind::null) {
        std::chrono::seconds age = 24h;
        section.duration("maximum_age", age, 60s, 24h * 3650);
        dkim.maximum_age = age;
    }
    section.parsed("require_signed", dkim.require_signed, field_of, "names of header fields");
    section.finish();
}

void read_trusted_results(const Value& value, TrustedResults& trusted, Mistakes& mistakes) {
    Section section(value, "authentication.trusted_results", mistakes);
    if (const Value* methods = section.find("methods")) {
        trusted.methods.clear();
        for (const Value* method : read_texts(*methods, section.name("methods"), mistakes))
            if (read_choice(*method, section.name("methods"), {"dmarc", "dkim", "arc"}, mistakes))
                trusted.methods.push_back(method->text);
    }
    section.texts("authserv_ids", trusted.authserv_ids);
    section.count("hops", trusted.hops, 0, most_hops);
    read_domains(section, "arc_sealers", trusted.arc_sealers);
    for (std::string& id : trusted.authserv_ids)
        id = calendar::base::lowered(id);
    section.finish();
}

}  // namespace

void read_authentication(Section& top, Config& config) {
    const Value* value = top.find("authentication");
    if (value == nullptr) return;
    Mistakes& mistakes = top.mistakes();
    Authentication& authentication = config.authentication;
    Section section(*value, "authentication", mistakes);
    if (const Value* dkim = section.find("dkim")) read_dkim(*dkim, authentication.dkim, mistakes);
    section.choice("alignment", authentication.alignment,
                   {{"relaxed", Alignment::relaxed}, {"strict", Alignment::strict}});
    if (const Value* results = section.find("trusted_results"))
        read_trusted_results(*results, authentication.trusted_results, mistakes);
    if (const Value* entries = section.find("speaks_for"))
        read_speaks_for(*entries, authentication.speaks_for, mistakes);
    if (const Value* submission = section.find("submission")) {
        Section part(*submission, "authentication.submission", mistakes);
        part.boolean("authenticated", authentication.submission.authenticated);
        part.parsed("networks", authentication.submission.networks, calendar::base::Network::parse,
                    "networks, as ADDRESS or ADDRESS/BITS");
        part.finish();
    }
    section.finish();
}

}  // namespace policy::config
