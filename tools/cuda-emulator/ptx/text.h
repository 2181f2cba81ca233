// Pieces of PTX's text.
#pragma once
#include "../failure.h"
#include <string>
#include <vector>

namespace emulator
{
// A text without comments that is read from front to back, and knows the line it is at.
class Text
{
public:
    explicit Text(const std::string& ptx);

    bool atEnd();
    char peek();
    int line() const { return _line; }

    // The next characters up to one of `ends`, which is taken too and returned in `end`; trimmed.
    std::string until(const char* ends, char& end);

    // The next word: letters, digits and . _ $ %.
    std::string word();

    bool take(char expected);
    void expect(char expected);
    [[noreturn]] void refuse(const std::string& what) const;

private:
    void skipSpace();
    void step();

    std::string _text;
    std::size_t _at = 0;
    int _line = 1;
};

std::string trim(const std::string& text);

// Parts between separators that stand outside brackets and braces, trimmed.
std::vector<std::string> split(const std::string& text, char separator);
}
