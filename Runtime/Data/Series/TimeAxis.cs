using System.Globalization;

namespace GpuLstm.Runtime.Data.Series;

/// <summary>A time as a table has it: a date, or a number.</summary>
/// <param name="Value">The date's ticks, or the number.</param>
/// <param name="IsDate">Which.</param>
public readonly record struct TimePoint(double Value, bool IsDate)
{
    public DateTime Date => new((long)Value, DateTimeKind.Utc);

    /// <summary>Months since the year 0, and whether the day is a month's first, or its last.</summary>
    public int Month => Date.Year * 12 + Date.Month - 1;

    /// <summary>A date with or without a time of day, or a number.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimePoint time)
    {
        text = text.Trim();
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number))
            time = new(number, false);
        else if (DateTime.TryParse(text, CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out DateTime date))
            time = new(date.Ticks, true);
        else
        {
            time = default;
            return false;
        }
        return true;
    }
}

/// <summary>The spacing of a series' rows.</summary>
/// <param name="IsDate">Whether times are dates.</param>
/// <param name="Months">Between two rows; 0: the step is <paramref name="Step"/>.</param>
/// <param name="Step">Ticks, or the numbers' step; 0: rows are only counted.</param>
public sealed record TimeAxis(bool IsDate, int Months, double Step)
{
    private const double Tolerance = 1e-6;
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    /// <summary>Rows that no column tells the time of.</summary>
    public static TimeAxis Counted { get; } = new(false, 0, 0);

    /// <summary>The spacing of two rows.</summary>
    public static TimeAxis Of(TimePoint first, TimePoint second)
    {
        int months = first.IsDate ? second.Month - first.Month : 0;
        bool isMonthly = months > 0 && first.Date.TimeOfDay == second.Date.TimeOfDay
            && (first.Date.Day == second.Date.Day || IsMonthsEnd(first.Date) && IsMonthsEnd(second.Date));
        return new(first.IsDate, isMonthly ? months : 0, second.Value - first.Value);
    }

    /// <summary>Whether a row follows another without a gap.</summary>
    public bool Follows(TimePoint before, TimePoint after) => Months > 0
        ? after.Month - before.Month == Months
        : Math.Abs(after.Value - before.Value - Step) <= Tolerance * Math.Abs(Step);

    /// <summary>The time of a row.</summary>
    /// <param name="start">Of row 0.</param>
    public TimePoint At(TimePoint start, long row)
    {
        if (Months == 0)
            return new(Step == 0 ? row + 1 : start.Value + row * Step, IsDate);
        DateTime date = start.Date.AddMonths(checked((int)(row * Months)));
        if (IsMonthsEnd(start.Date) && start.Date.Day > 28 | start.Date.Month == 2)
            date = new DateTime(date.Year, date.Month, DateTime.DaysInMonth(date.Year, date.Month), 0, 0, 0,
                DateTimeKind.Utc) + start.Date.TimeOfDay;
        return new(date.Ticks, true);
    }

    /// <summary>A time in words, no finer than the spacing.</summary>
    public string Text(TimePoint time)
    {
        if (!IsDate)
            return time.Value.ToString("G10", CultureInfo.InvariantCulture);
        DateTime date = time.Date;
        string form = Months > 0 && date.Day == 1 && date.TimeOfDay == default ? "yyyy-MM"
            : date.TimeOfDay == default && Step % s_day.Ticks == 0 ? "yyyy-MM-dd"
            : Step % TimeSpan.TicksPerMinute == 0 ? "yyyy-MM-dd HH:mm" : "yyyy-MM-dd HH:mm:ss";
        return date.ToString(form, CultureInfo.InvariantCulture);
    }

    /// <summary>Rows of the season that series so spaced mostly have: a year of months, a week of days, a day of hours.
    /// 1: none is known.</summary>
    public int Season => (IsDate, Months, Step) switch
    {
        (true, > 0 and <= 6, _) when 12 % Months == 0 => 12 / Months,
        (true, > 0, _) => 1,
        (true, _, var step) when step == s_day.Ticks => 7,
        (true, _, var step) when step == 7 * s_day.Ticks => 52,
        (true, _, var step) when step > 0 && step < s_day.Ticks && s_day.Ticks % step == 0
            && s_day.Ticks / step is >= 2 and <= 1440 => (int)(s_day.Ticks / step),
        _ => 1,
    };

    /// <summary>The spacing in words.</summary>
    public string Words => !IsDate ? Step == 0 ? "row" : string.Create(CultureInfo.InvariantCulture, $"step of {Step}")
        : Months == 1 ? "month" : Months == 12 ? "year" : Months > 0 ? $"{Months} months"
        : TimeSpan.FromTicks((long)Step) switch
        {
            { TotalDays: 1 } => "day",
            { TotalDays: 7 } => "week",
            { TotalHours: 1 } => "hour",
            { TotalMinutes: 1 } => "minute",
            var span => span.ToString("g", CultureInfo.InvariantCulture),
        };

    private static bool IsMonthsEnd(DateTime date) => date.Day == DateTime.DaysInMonth(date.Year, date.Month);
}
