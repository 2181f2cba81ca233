using System.Globalization;

namespace GpuLstm.Runtime.Data.Strokes;

/// <summary>A point that the pen passes. At a corner the line breaks, else it is smooth; after a lift the pen starts
/// anew.</summary>
internal readonly record struct StrokePoint(float X, float Y, bool IsCorner, bool EndsStroke);

/// <summary>One way to write a digit: the points that the pen passes, in a unit box, x to the right and y
/// down.</summary>
internal sealed record StrokeTemplate(StrokePoint[] Points)
{
    public const int MaxPoints = 16;

    /// <summary>The ways to write each digit, [digit][way]. A way that many people use is listed more than
    /// once.</summary>
    public static readonly StrokeTemplate[][] Digits = [.. ReadTable().Select(ways => ways.Select(Parse).ToArray())];

    /// <summary>Percents of the box; <c>!</c> marks a corner and <c>|</c> lifts the pen.</summary>
    private static string[][] ReadTable() =>
    [
        [
            "52,2 25,15 12,48 22,82 46,98 70,84 82,50 72,14 50,3",
            "55,4 35,20 25,52 32,85 48,97 63,82 70,48 64,16 46,4",
            "62,12 40,3 18,25 12,60 30,95 60,92 82,62 80,25 58,5 42,10",
            "40,8 18,30 14,65 34,95 62,92 80,60 76,25 56,4 42,6",
        ],
        [
            "50,2 50,98",
            "50,2 50,98",
            "56,2 50,50 46,98",
            "50,2 50,98",
            "56,2 50,50 46,98",
            "34,24 52,3! 52,98",
            "30,22 52,3! 52,97 | 26,97 78,97",
        ],
        [
            "18,25 30,6 55,3 74,18 70,42 48,68 18,95! 50,95 84,94",
            "18,22 38,4 66,8 74,30 58,60 34,88 18,94 14,82 28,76 52,88 86,96",
            "22,12 50,3 74,16 72,40 44,74 16,97! 48,90 86,97",
            "12,30 26,8 52,2 72,16 68,44 40,78 12,96! 40,84 60,92 90,88",
            "14,16 44,3 66,14 62,44 40,80 22,96 12,86 28,78 58,90 92,84",
        ],
        [
            "20,12 46,2 70,14 68,34 42,48! 70,56 80,76 62,95 34,98 14,86",
            "18,5 76,5! 42,42! 72,52 80,76 58,97 28,97 12,86",
            "22,14 48,3 72,16 64,38 40,48 34,44 44,42 74,58 78,80 56,97 28,96 12,84",
            "22,8 52,2 72,18 60,40 38,46! 66,54 76,74 60,94 20,98",
        ],
        [
            "26,4 18,38 24,54 50,56 74,48 | 74,4 70,50 64,98",
            "22,3 16,52! 82,52 | 66,5 62,98",
            "62,98 62,3! 12,64! 88,64",
            "28,6 20,40 34,56 68,46 76,8! 70,50 66,97",
            "70,2 40,20 14,56! 50,60 86,54 | 70,2 62,50 56,98",
        ],
        [
            "74,5 32,5! 24,44! 52,38 76,54 76,78 54,97 18,92",
            "30,8 26,44! 54,40 76,58 72,84 46,98 16,90 | 30,8 82,4",
            "78,8 48,6 28,16 26,36 50,46 74,62 70,86 44,98 16,90",
            "70,4 40,10! 26,46! 56,46 70,66 60,88 32,98 12,92",
        ],
        [
            "64,3 36,22 18,58 24,88 50,98 74,84 74,62 54,50 30,58 20,76",
            "50,2 28,36 18,72 34,97 62,92 72,72 58,56 34,62 22,82",
            "74,6 44,14 20,44 14,78 36,98 66,92 78,70 60,52 32,62 18,80",
            "46,2 30,30 22,66 32,94 52,96 64,80 54,66 36,70 26,86",
        ],
        [
            "16,8 80,8! 56,46 40,98",
            "14,16 28,8 78,10! 60,44 46,98",
            "16,8 80,8! 56,50 42,98 | 30,52 76,48",
            "16,24 20,8! 80,6! 58,50 48,98",
            "14,12 50,14 78,6 70,30 50,66 42,98",
        ],
        [
            "70,12 46,3 26,16 32,36 56,50 76,70 66,93 42,98 22,84 28,64 54,46 74,26 68,10",
            "50,3 28,14 30,36 50,46 70,34 70,14 50,3 | 50,46 24,60 22,84 50,97 76,84 74,60 50,46",
            "64,8 40,4 26,22 44,44 68,66 66,90 42,98 26,86 34,62 60,40 76,18 62,6",
            "60,6 42,10 42,30 56,48 64,72 54,95 38,92 36,72 50,50 64,26 60,6",
        ],
        [
            "72,18 50,3 24,16 20,40 44,52 68,38 74,14! 72,50 66,98",
            "70,14 44,4 22,22 26,46 50,50 70,30 74,12 76,50 64,84 42,98 22,90",
            "66,10 40,6 20,28 34,50 62,42 72,10! 66,54 52,98",
            "50,3 26,14 22,38 44,50 66,40 72,18 50,3 | 72,14 60,98",
            "74,8 40,8 20,30 36,48 66,36 76,8 64,50 44,98",
        ],
    ];

    private static StrokeTemplate Parse(string text)
    {
        List<StrokePoint> points = [];
        foreach (string word in text.Split(' '))
        {
            if (word == "|")
            {
                points[^1] = points[^1] with { EndsStroke = true };
                continue;
            }
            string[] numbers = word.TrimEnd('!').Split(',');
            points.Add(new StrokePoint(Percent(numbers[0]), Percent(numbers[1]), word.EndsWith('!'), false));
        }
        points[^1] = points[^1] with { EndsStroke = true };
        return new StrokeTemplate([.. points]);
    }

    private static float Percent(string text) => int.Parse(text, CultureInfo.InvariantCulture) / 100f;
}
