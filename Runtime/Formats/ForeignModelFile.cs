using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GpuLstm.Runtime.Formats;

/// <summary>Recognises models in formats that are not read, and says how to convert them.</summary>
public static class ForeignModelFile
{
    private static readonly JsonSerializerOptions AsInPython = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private enum Kind
    {
        /// <summary>Ours to read: safetensors or npz.</summary>
        Readable,
        Torch,
        Keras,
        Unknown,
    }

    /// <summary>Refuses the file where its content, or else its extension, is of Keras.</summary>
    /// <param name="stream">Can seek; its position stays.</param>
    /// <param name="path">The file's name.</param>
    /// <returns>Whether it is one of torch.save.</returns>
    /// <exception cref="FileFormatException">It is of Keras; the message ends with two lines of Python that convert
    /// it.</exception>
    public static bool IsTorch(Stream stream, string path)
    {
        long position = stream.Position;
        Kind kind = KindOfContent(stream);
        stream.Position = position;
        if (kind == Kind.Unknown)
            kind = KindOfExtension(path);
        string from = JsonSerializer.Serialize(path, AsInPython);
        string to = JsonSerializer.Serialize(Path.ChangeExtension(path, ".npz"), AsInPython);
        if (kind == Kind.Keras)
            throw new FileFormatException($$"""
                {{path}} is a Keras or HDF5 file, which is not read; two lines of Python convert it:
                  import keras, numpy; model = keras.models.load_model({{from}}, compile=False)
                  numpy.savez({{to}}, **{getattr(w, "path", w.name): w.numpy() for w in model.weights})
                """);
        return kind == Kind.Torch;
    }

    private static Kind KindOfContent(Stream stream)
    {
        byte[] start = new byte[9];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.AsSpan().StartsWith(Hdf5Magic))
            return Kind.Keras;
        if (start.AsSpan().StartsWith("PK"u8))
            return KindOfZip(stream);
        if (start is [_, _, _, _, 0, 0, 0, 0, (byte)'{'])
            return Kind.Readable;
        // A pickle's first two bytes are its protocol; a safetensors length would have zeros in its upper half.
        return start is [0x80, >= 2 and <= 5, ..] ? Kind.Torch : Kind.Unknown;
    }

    private static ReadOnlySpan<byte> Hdf5Magic => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a];

    private static Kind KindOfZip(Stream stream)
    {
        try
        {
            stream.Position = 0;
            using ZipArchive zip = new(stream, ZipArchiveMode.Read, leaveOpen: true);
            if (zip.Entries.Any(e => e.Name == "data.pkl"))
                return Kind.Torch;
            return zip.Entries.Any(e => e.Name == "model.weights.h5") ? Kind.Keras : Kind.Readable;
        }
        catch (InvalidDataException)
        {
            return Kind.Unknown;
        }
    }

    private static Kind KindOfExtension(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".PT" or ".PTH" or ".CKPT" or ".PKL" or ".PICKLE" => Kind.Torch,
        ".H5" or ".HDF5" or ".KERAS" => Kind.Keras,
        _ => Kind.Unknown,
    };
}
