using System.Globalization;
using GpuLstm.Kernels;

namespace GpuLstm.Runtime.Training;

/// <summary>An augmentation as <c>--augment</c> writes it: <c>none</c>, or its ranges as <c>name=value</c> with commas
/// between them.</summary>
public static class AugmentationText
{
    /// <summary>What <see cref="Parse"/> takes, for help texts and error messages.</summary>
    public const string Syntax = "none, or some of shift=PIXELS,rotate=DEGREES,scale=SHARE,shear=SHARE,elastic=PIXELS";

    private const string None = "none";

    /// <exception cref="UsageException">The text is no augmentation; the sentence says what is.</exception>
    public static Augmentation Parse(string text)
    {
        var ranges = new Augmentation();
        if (text.Equals(None, StringComparison.OrdinalIgnoreCase))
            return ranges;
        var named = new HashSet<string>();
        foreach (string part in text.Split(','))
        {
            string[] pair = part.Split('=');
            string name = pair[0].Trim().ToLowerInvariant();
            if (pair.Length != 2 || !named.Add(name)
                || !float.TryParse(pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out float value))
                throw Unknown(text);
            ranges = name switch
            {
                "shift" => ranges with { Shift = value },
                "rotate" => ranges with { Rotate = value },
                "scale" => ranges with { Scale = value },
                "shear" => ranges with { Shear = value },
                "elastic" => ranges with { Elastic = value },
                _ => throw Unknown(text),
            };
        }
        return ranges;
    }

    /// <summary>The text that <see cref="Parse"/> turns into these ranges.</summary>
    public static string Format(Augmentation ranges)
    {
        (string Name, float Value)[] all =
        [
            ("shift", ranges.Shift), ("rotate", ranges.Rotate), ("scale", ranges.Scale), ("shear", ranges.Shear),
            ("elastic", ranges.Elastic),
        ];
        return ranges == default ? None : string.Join(',', all.Where(range => range.Value != 0)
            .Select(range => string.Create(CultureInfo.InvariantCulture, $"{range.Name}={range.Value}")));
    }

    private static UsageException Unknown(string text) => new($"--augment '{text}' is not {Syntax}.");
}
