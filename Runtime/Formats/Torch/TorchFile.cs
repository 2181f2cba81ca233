using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.IO.Compression;
using Razorvine.Pickle.Objects;

namespace GpuLstm.Runtime.Formats.Torch;

/// <summary>Reads files of torch.save: a state_dict, alone or in a dictionary of a checkpoint, or a whole module, of
/// which the tensors are taken. Both forms: the zip archive of PyTorch 1.6 and later, and the pickles before
/// it.</summary>
public static class TorchFile
{
    private const string What = TorchPickle.What;
    private const string MagicNumber = "119547037146038801333356"; // torch.serialization.MAGIC_NUMBER
    private const int MostBytesOfPickle = 1 << 26;

    /// <summary>Where checkpoints keep their weights.</summary>
    private static readonly string[] s_places = ["state_dict", "model_state_dict", "model", "net", "network", "module"];

    private static readonly string[] s_partsOfModules = ["_parameters", "_buffers"];

    /// <summary>Whether a file is called as those of torch.save mostly are.</summary>
    public static bool HasExtension(string path) => Path.GetExtension(path).ToLowerInvariant() is ".pt" or ".pth";

    /// <summary>Reads the tensors of either form.</summary>
    /// <param name="stream">Can seek; at its beginning.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FileFormatException">It is damaged, or holds something else than tensors.</exception>
    public static TensorArchive Read(Stream stream, string name)
    {
        bool isZip = stream.ReadByte() == 'P';
        stream.Position = 0;
        return isZip ? ReadZip(stream, name) : ReadPickles(stream, name);
    }

    private static TensorArchive ReadZip(Stream stream, string name)
    {
        ZipEntries entries = new(name, What);
        return entries.Read(stream, zip =>
        {
            ZipArchiveEntry pickle = zip.Entries.FirstOrDefault(entry => entry.Name == "data.pkl")
                ?? throw entries.Refuse("it has no data.pkl");
            string root = pickle.FullName[..^"data.pkl".Length];
            if (pickle.Length > MostBytesOfPickle)
                throw entries.Refuse($"its pickle has {pickle.Length} bytes, more than any model's");
            if (zip.GetEntry($"{root}byteorder") is { } order
                && !entries.Inflate(order).AsSpan().StartsWith("little"u8))
                throw entries.Refuse("its numbers are big-endian: load and save it on a machine of today");
            ReadOnlyMemory<byte> bytes = entries.Inflate(pickle);
            object? loaded = TorchPickle.Load(ref bytes, name);
            Dictionary<string, byte[]> data = [];
            TensorArchive archive = Archive(loaded, name, storage =>
            {
                if (data.TryGetValue(storage.Key, out byte[]? known))
                    return known;
                ZipArchiveEntry entry = zip.GetEntry($"{root}data/{storage.Key}")
                    ?? throw entries.Refuse($"the data of its storage '{storage.Key}' are missing");
                return data[storage.Key] = entries.Inflate(entry);
            });
            return archive with { Metadata = NpzFile.Metadata(zip.Comment) };
        });
    }

    /// <summary>Pickles of a magic number, a version, the system, the object and the storages' keys; then each storage,
    /// its length and its numbers.</summary>
    private static TensorArchive ReadPickles(Stream stream, string name)
    {
        if (stream.Length > Array.MaxLength)
            throw Refusal.Of(name, What, "it is larger than 2 GiB: save it again with a PyTorch of today");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        ReadOnlyMemory<byte> rest = content;
        object? magic = TorchPickle.Load(ref rest, name);
        if (Convert.ToString(magic, CultureInfo.InvariantCulture) != MagicNumber)
            throw Refusal.Of(name, What, "it is a pickle of something else: torch.save(model.state_dict(), FILE) "
                + "writes what is read");
        TorchPickle.Load(ref rest, name);
        TorchPickle.Load(ref rest, name);
        object? loaded = TorchPickle.Load(ref rest, name);
        if (TorchPickle.Load(ref rest, name) is not IList keys)
            throw Refusal.Of(name, What, "the list of its storages is missing");
        Dictionary<string, StorageName> needed = [];
        Collect(loaded, needed);
        Dictionary<string, ReadOnlyMemory<byte>> data = [];
        foreach (object key in keys)
        {
            string text = Convert.ToString(key, CultureInfo.InvariantCulture)!;
            if (!needed.TryGetValue(text, out StorageName? storage))
                throw Refusal.Of(name, What, $"its storage '{text}' belongs to no tensor");
            if (rest.Length < sizeof(long)
                || BinaryPrimitives.ReadInt64LittleEndian(rest.Span) != storage.Count
                || TensorShape.Bytes([storage.Count], storage.Type) is not { } bytes
                || bytes > rest.Length - sizeof(long))
                throw Refusal.Of(name, What, $"its storage '{text}' ends early, or has another size than is told");
            data[text] = rest.Slice(sizeof(long), (int)bytes);
            rest = rest[(sizeof(long) + (int)bytes)..];
        }
        return Archive(loaded, name, storage => data.TryGetValue(storage.Key, out ReadOnlyMemory<byte> bytes) ? bytes
            : throw Refusal.Of(name, What, $"the data of its storage '{storage.Key}' are missing"));
    }

    private static TensorArchive Archive(object? loaded, string name, Func<StorageName, ReadOnlyMemory<byte>> data)
    {
        List<(string Name, TorchTensor Tensor)> tensors = [];
        switch (Weights(loaded))
        {
            case ClassDict module:
                Add(tensors, module, "", 0);
                break;
            case IDictionary dictionary:
                Add(tensors, dictionary, "");
                break;
            case var other:
                throw Refusal.Of(name, What, $"it holds {Word(other)}, where a state_dict is needed: "
                    + "torch.save(model.state_dict(), FILE) writes one");
        }
        if (tensors.Count == 0)
            throw Refusal.Of(name, What, loaded is IDictionary { Count: > 0 } other
                ? "its dictionary has no tensors, but " + string.Join(", ",
                    Keys(other).Take(8).Select(key => $"'{key}'"))
                : "it holds no tensors");
        return new(name, [.. tensors.DistinctBy(one => one.Name).Select(one =>
            Gather(one.Name, one.Tensor, data(one.Tensor.Storage), name))], new Dictionary<string, string>());
    }

    /// <summary>The state_dict or module in what was saved.</summary>
    private static object? Weights(object? loaded)
    {
        if (loaded is not IDictionary dictionary || loaded is ClassDict || Keys(dictionary).Any(key =>
            dictionary[key] is TorchTensor))
            return loaded;
        string? place = s_places.FirstOrDefault(key => dictionary.Contains(key)
            && dictionary[key] is IDictionary { Count: > 0 });
        return place is null ? loaded : Weights(dictionary[place]);
    }

    private static void Add(List<(string, TorchTensor)> tensors, IDictionary dictionary, string prefix)
    {
        foreach (string key in Keys(dictionary))
            if (dictionary[key] is TorchTensor tensor)
                tensors.Add((prefix + key, tensor));
    }

    /// <summary>A module's own tensors, then those of the modules in it.</summary>
    private static void Add(List<(string, TorchTensor)> tensors, ClassDict module, string prefix, int depth)
    {
        foreach (string part in s_partsOfModules)
            if (module.TryGetValue(part, out object? own) && own is IDictionary dictionary)
                Add(tensors, dictionary, prefix);
        if (depth < 100 && module.TryGetValue("_modules", out object? inner) && inner is IDictionary modules)
            foreach (string key in Keys(modules))
                if (modules[key] is ClassDict child)
                    Add(tensors, child, $"{prefix}{key}.", depth + 1);
    }

    /// <summary>In their order; a plain dictionary has lost it, and they come by name.</summary>
    private static IEnumerable<string> Keys(IDictionary dictionary)
    {
        return dictionary is PythonDictionary ordered ? ordered.Order.OfType<string>().Reverse()
            : dictionary.Keys.OfType<string>().Order(StringComparer.Ordinal);
    }

    private static void Collect(object? value, Dictionary<string, StorageName> needed, int depth = 0)
    {
        if (value is TorchTensor tensor)
            needed[tensor.Storage.Key] = tensor.Storage;
        else if (value is IDictionary dictionary && depth < 100)
            foreach (object? item in dictionary.Values)
                Collect(item, needed, depth + 1);
        else if (value is IEnumerable items and not string && depth < 100)
            foreach (object? item in items)
                Collect(item, needed, depth + 1);
    }

    /// <summary>A tensor's numbers in the order of its dimensions.</summary>
    private static StoredTensor Gather(string tensorName, TorchTensor tensor, ReadOnlyMemory<byte> data, string name)
    {
        int size = tensor.Type.SizeInBytes();
        long available = data.Length / size, last = tensor.Offset;
        long? count = TensorShape.Count(tensor.Sizes);
        for (int d = 0; d < tensor.Sizes.Length; d++)
            last += Math.Max(0, tensor.Sizes[d] - 1) * tensor.Strides[d];
        if (count is not { } elements || elements > available || tensor.Offset < 0 || last >= available && elements > 0
            || tensor.Strides.Any(stride => stride < 0) || last < 0)
            throw Refusal.Of(name, What, $"'{tensorName}' of shape {TensorShape.Text(tensor.Sizes)} does not lie "
                + $"within its "
                + $"{available} numbers");
        byte[] bytes = new byte[elements * size];
        long[] place = new long[tensor.Sizes.Length];
        for (long i = 0, at = tensor.Offset; i < elements; i++)
        {
            data.Span.Slice(checked((int)(at * size)), size).CopyTo(bytes.AsSpan(checked((int)(i * size))));
            for (int d = place.Length - 1; d >= 0; d--)
            {
                at += tensor.Strides[d];
                if (++place[d] < tensor.Sizes[d])
                    break;
                at -= place[d] * tensor.Strides[d];
                place[d] = 0;
            }
        }
        return new(tensorName, tensor.Type, tensor.Sizes, bytes);
    }

    private static string Word(object? value) => value switch
    {
        null => "nothing",
        TorchTensor => "a single tensor",
        _ => "something else",
    };
}
