#pragma once

#include <filesystem>
#include <utility>

#include <doctest/doctest.h>

#include "policy/config/config.h"

namespace tests {

/// A configuration without mistakes; those that there are end the test.
inline policy::config::Config read_config(const std::filesystem::path& file) {
    auto config = policy::config::read_config(file);
    if (!config)
        for (const auto& mistake : config.error())
            MESSAGE(mistake.text());
    REQUIRE(config);
    return *std::move(config);
}

}  // namespace tests
