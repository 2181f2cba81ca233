#include "text.h"
#include <cctype>
#include <cstring>

namespace emulator
{
Text::Text(const std::string& ptx)
{
    for (std::size_t i = 0; i < ptx.size(); i++)
        if (ptx.compare(i, 2, "//") == 0)
        {
            while (i < ptx.size() && ptx[i] != '\n')
                i++;
            _text += '\n';
        }
        else if (ptx.compare(i, 2, "/*") == 0)
        {
            for (i += 2; i < ptx.size() && ptx.compare(i, 2, "*/") != 0; i++)
                if (ptx[i] == '\n')
                    _text += '\n';
            i++;
        }
        else
            _text += ptx[i];
}

void Text::step()
{
    if (_text[_at] == '\n')
        _line++;
    _at++;
}

void Text::skipSpace()
{
    while (_at < _text.size() && std::isspace(static_cast<unsigned char>(_text[_at])) != 0)
        step();
}

bool Text::atEnd()
{
    skipSpace();
    return _at >= _text.size();
}

char Text::peek()
{
    return atEnd() ? '\0' : _text[_at];
}

std::string Text::until(const char* ends, char& end)
{
    skipSpace();
    std::string found;
    int depth = 0; // in braces of a vector: its commas and closing brace are no end
    for (; _at < _text.size(); step())
    {
        char c = _text[_at];
        if (depth == 0 && std::strchr(ends, c) != nullptr)
        {
            end = c;
            step();
            return trim(found);
        }
        depth += (c == '{') - (c == '}');
        found += c;
    }
    refuse("the text ends within a statement");
}

std::string Text::word()
{
    skipSpace();
    std::string found;
    for (; _at < _text.size(); step())
    {
        char c = _text[_at];
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && std::strchr("._$%", c) == nullptr)
            break;
        found += c;
    }
    return found;
}

bool Text::take(char expected)
{
    if (peek() != expected)
        return false;
    step();
    return true;
}

void Text::expect(char expected)
{
    if (!take(expected))
        refuse(std::string("there is no ") + expected);
}

void Text::refuse(const std::string& what) const
{
    throw Failure(CUDA_ERROR_INVALID_PTX, "PTX line " + std::to_string(_line) + ": " + what);
}

std::string trim(const std::string& text)
{
    std::size_t first = text.find_first_not_of(" \t\r\n"), last = text.find_last_not_of(" \t\r\n");
    return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::string part;
    int depth = 0;
    for (char c : text)
    {
        depth += (c == '[' || c == '{' || c == '(') - (c == ']' || c == '}' || c == ')');
        if (c == separator && depth == 0)
        {
            parts.push_back(trim(part));
            part.clear();
        }
        else
            part += c;
    }
    if (!trim(part).empty())
        parts.push_back(trim(part));
    return parts;
}
}
