using System.Globalization;

namespace GpuLstm.Runtime.Formats.Keras;

/// <summary>The functions of an LSTM's gates that Keras calls recurrent_activation.</summary>
public static class KerasActivation
{
    /// <summary>Keras 1 and 2: max(0, min(1, 0.2 x + 0.5)).</summary>
    public const float Slope2 = 0.2f;

    /// <summary>From Keras 3 on: max(0, min(1, x / 6 + 0.5)).</summary>
    public const float Slope3 = 1f / 6;

    /// <summary>The slope of hard sigmoid gates, 0 for sigmoids.</summary>
    /// <param name="name">sigmoid or hard_sigmoid, and hard_sigmoid2 or hard_sigmoid3 where the version of Keras is not
    /// told.</param>
    /// <param name="version">Of Keras; null: not known.</param>
    /// <exception cref="FormatException">It is none of these, or hard_sigmoid of an unknown version.</exception>
    public static float Slope(string name, string? version) => (name, MajorOf(version)) switch
    {
        ("sigmoid", _) => 0,
        ("hard_sigmoid2", _) or ("hard_sigmoid", < 3) => Slope2,
        ("hard_sigmoid3", _) or ("hard_sigmoid", >= 3) => Slope3,
        ("hard_sigmoid", null) => throw new FormatException("hard_sigmoid was 0.2 x + 0.5 until Keras 2 and is x / 6 + "
            + "0.5 from Keras 3 on: say hard_sigmoid2 or hard_sigmoid3"),
        _ => throw new FormatException($"'{name}' gates are not computed: sigmoid and hard_sigmoid are"),
    };

    /// <summary>What an LSTM layer has unless told otherwise: hard_sigmoid until Keras 2.2, sigmoid in TensorFlow's
    /// Keras 2 and since.</summary>
    /// <param name="version">Null: not known.</param>
    public static string Default(string? version) =>
        Version.TryParse(version, out Version? number) && number < new Version(2, 3) ? "hard_sigmoid" : "sigmoid";

    private static int? MajorOf(string? version) =>
        int.TryParse(version?.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            ? major : null;
}
