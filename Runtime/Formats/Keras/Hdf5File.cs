using PureHDF;
using PureHDF.VOL.Native;

namespace GpuLstm.Runtime.Formats.Keras;

/// <summary>An HDF5 file as Keras writes them: groups, arrays of floats, texts. Files may be hostile: no array is read
/// that declares more than the file could hold.</summary>
internal sealed class Hdf5File : IDisposable
{
    private const int MostRatio = 1032; // that a compressed part can expand by
    private readonly NativeFile _file;
    private readonly string _name;
    private readonly long _length;

    /// <param name="stream">Can seek; must stay open.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FileFormatException">It is damaged.</exception>
    public Hdf5File(Stream stream, string name)
    {
        (_name, _length) = (name, stream.Length);
        _file = Guard(() => H5File.Open(stream, leaveOpen: true));
    }

    public IH5Group Root => _file;

    /// <summary>What messages call it.</summary>
    public string Name => _name;

    /// <summary>A group's groups, in the order of their names.</summary>
    public IReadOnlyList<IH5Group> Groups(IH5Group group) => Guard(() => group.Children().OfType<IH5Group>().ToArray());

    /// <summary>A group at a path; null where there is none.</summary>
    public IH5Group? Find(IH5Group group, string path) =>
        Guard(() => group.LinkExists(path) ? group.Get(path) as IH5Group : null);

    public bool Has(IH5Group group, string path) => Guard(() => group.LinkExists(path));

    /// <summary>A text; null where there is none.</summary>
    public string? Text(IH5Object holder, string attribute) => Guard(() =>
        holder.AttributeExists(attribute) ? holder.Attribute(attribute).Read<string>() : null);

    /// <summary>A list of texts; empty where it is, null where there is none.</summary>
    public string[]? Texts(IH5Object holder, string attribute) => Guard(() =>
    {
        if (!holder.AttributeExists(attribute))
            return null;
        IH5Attribute texts = holder.Attribute(attribute);
        return texts.Space.Dimensions.Contains(0UL) ? [] : texts.Read<string[]>();
    });

    /// <summary>An array of numbers.</summary>
    /// <exception cref="FileFormatException">There is none, or it is of another type.</exception>
    public Tensor Floats(IH5Group group, string path) => Guard(() =>
    {
        if (!group.LinkExists(path) || group.Get(path) is not IH5Dataset dataset)
            throw Refuse($"the array '{path}' is missing");
        long[] shape = [.. dataset.Space.Dimensions.Select(size => size > long.MaxValue ? -1 : (long)size)];
        if (dataset.Type.Class != H5DataTypeClass.FloatingPoint || dataset.Type.Size is not (2 or 4 or 8))
            throw Refuse($"'{path}' holds no floating-point numbers");
        if (TensorShape.Count(shape) is not { } count || count > Array.MaxLength / 8
            || count * dataset.Type.Size > _length * MostRatio)
            throw Refuse($"'{path}' declares {TensorShape.Text(shape)} numbers, more than the file can hold");
        float[] values = dataset.Type.Size switch
        {
            2 => Array.ConvertAll(dataset.Read<Half[]>(), value => (float)value),
            4 => dataset.Read<float[]>(),
            _ => Array.ConvertAll(dataset.Read<double[]>(), value => (float)value),
        };
        return new Tensor(path, shape, values);
    });

    public void Dispose() => _file.Dispose();

    public FileFormatException Refuse(string how) => Refusal.Of(_name, "is no Keras file that is read", how);

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not FileFormatException) // it throws many kinds
        {
            throw Refusal.Of(_name, "is no Keras file that is read",
                $"its HDF5 is damaged ({e.Message.TrimEnd('.')})", e);
        }
    }
}
