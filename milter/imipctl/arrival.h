#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/read/address.h"

/// How an archived mail came in, as far as it still shows.
namespace milter::imipctl {

/// Addresses of one mail that are asked for; what stands behind them names nobody.
constexpr std::size_t most_addresses_asked = 100;

/// Those it was delivered to. What the delivery wrote down counts first: of Delivered-To, X-Original-To, Envelope-To
/// and X-Envelope-To the first field that names somebody of ours; else all of ours in To, Cc, Bcc, Resent-To and
/// Resent-Cc. Each once, as they stand there. `ours` is asked for each address at most once. A field of more than 64
/// KiB, or one that is not RFC 5322 (an open quote, say), names nobody.
std::vector<std::string> recipients_in(std::string_view message,
                                       const std::function<bool(const calendar::itip::Address&)>& ours);

/// The mail without what the delivery put on top of the Authentication-Results: those count only in the first place,
/// where a milter sees them. The whole mail when other fields stand above them, or there are none.
std::string_view as_received(std::string_view message);

}  // namespace milter::imipctl
