#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "calendar/net/sigpipe.h"

int main(int argc, char** argv) {
    calendar::net::ignore_sigpipe();  // as both programs do
    return doctest::Context(argc, argv).run();
}
