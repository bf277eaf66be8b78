// imip-cells: the forker, as a program that has the libraries of a cell, and nothing of the daemon's. The daemon and
// imipctl run it; the descriptor behind the standard streams is its end of their socket.
#include <unistd.h>

#include "milter/sandbox/forker.h"

int main() {
    milter::sandbox::Forker::serve(STDERR_FILENO + 1);
}
