#pragma once

#include <string>

#include "tests/support/process.h"

namespace tests {

/// Radicale in a private folder: bob (pw-bob) owns what is his, `milter` (pw-milter) has in everybody's the rights that
/// are given (as Radicale writes them: "Rr" to read, "RrWw").
struct Radicale {
    explicit Radicale(const std::string& rights_of_milter);

    TemporaryFolder folder;
    Server server;
    std::string url;  ///< without a slash at its end
};

}  // namespace tests
