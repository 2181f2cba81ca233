using System.IO.Compression;

namespace GpuLstm.Runtime.Formats;

/// <summary>Formats of models.</summary>
public enum ModelFormat
{
    /// <summary>Of safetensors or NumPy, or unknown: its readers say what it is not.</summary>
    Tensors,

    /// <summary>Of torch.save.</summary>
    Torch,

    /// <summary>Of Keras: HDF5, or a zip archive with HDF5 in it.</summary>
    Keras,

    /// <summary>An ONNX graph.</summary>
    Onnx,
}

/// <summary>Tells formats of models apart by their content, and by the extension where that says nothing.</summary>
public static class ForeignModelFile
{
    /// <param name="stream">Can seek; its position stays.</param>
    /// <param name="path">The file's name.</param>
    public static ModelFormat FormatOf(Stream stream, string path)
    {
        long position = stream.Position;
        ModelFormat? format = OfContent(stream);
        stream.Position = position;
        return format ?? OfExtension(path);
    }

    private static ModelFormat? OfContent(Stream stream)
    {
        byte[] start = new byte[9];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.AsSpan().StartsWith(Hdf5Magic))
            return ModelFormat.Keras;
        if (start.AsSpan().StartsWith("PK"u8))
            return OfZip(stream);
        if (start is [_, _, _, _, 0, 0, 0, 0, (byte)'{'])
            return ModelFormat.Tensors;
        // A pickle's first two bytes are its protocol; a safetensors length would have zeros in its upper half.
        if (start is [0x80, >= 2 and <= 5, ..])
            return ModelFormat.Torch;
        // The field ir_version, and after it the producer's name, the operator sets or the graph.
        return start is [0x08, > 0 and < 0x20, 0x12 or 0x1a or 0x22 or 0x2a or 0x32 or 0x3a or 0x42, ..]
            ? ModelFormat.Onnx : null;
    }

    private static ReadOnlySpan<byte> Hdf5Magic => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a];

    private static ModelFormat? OfZip(Stream stream)
    {
        try
        {
            stream.Position = 0;
            using ZipArchive zip = new(stream, ZipArchiveMode.Read, leaveOpen: true);
            if (zip.Entries.Any(e => e.Name == "data.pkl"))
                return ModelFormat.Torch;
            return zip.Entries.Any(e => e.Name == "model.weights.h5") ? ModelFormat.Keras : ModelFormat.Tensors;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static ModelFormat OfExtension(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".PT" or ".PTH" or ".CKPT" or ".PKL" or ".PICKLE" => ModelFormat.Torch,
        ".H5" or ".HDF5" or ".KERAS" => ModelFormat.Keras,
        ".ONNX" => ModelFormat.Onnx,
        _ => ModelFormat.Tensors,
    };
}
