#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/read/address.h"
#include "milter/mail/header/header.h"

/// What the delivery wrote into the header of an archived message, from which its envelope is guessed.
namespace milter::imipctl {

/// How many addresses of one message are looked up; further ones are ignored.
constexpr std::size_t most_addresses_asked = 100;

/// The local users it was delivered to. What the delivery wrote down counts first: of Delivered-To, X-Original-To,
/// Envelope-To and X-Envelope-To the first field that names a local user; else all local users in To, Cc, Bcc,
/// Resent-To and Resent-Cc. Each once, as they are written there. `is_local` is asked for each address at most once. A
/// field of more than 64 KiB, or one that is not RFC 5322 (an open quote, say), is ignored.
std::vector<std::string> recipients_in(const mail::Header& header,
                                       const std::function<bool(const calendar::itip::Address&)>& is_local);

/// The message without what the delivery put on top of the Authentication-Results: those count only in the first place,
/// where a milter sees them. The whole message when other fields stand above them, or there are none.
std::string_view as_received(const mail::Header& header, std::string_view message);

}  // namespace milter::imipctl
