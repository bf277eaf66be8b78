#include "milter/authentication/alignment.h"

#include "calendar/itip/read/organizational_domain.h"

namespace milter::authentication {

bool aligned(std::string_view signer, std::string_view domain, policy::config::Alignment mode) {
    if (signer.empty() || domain.empty()) return false;
    if (signer == domain) return true;
    switch (mode) {
        case policy::config::Alignment::strict:
            return false;
        case policy::config::Alignment::relaxed:
            return calendar::itip::organizational_domain(signer) == calendar::itip::organizational_domain(domain);
    }
    return false;
}

}  // namespace milter::authentication
