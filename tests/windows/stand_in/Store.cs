// Copyright (c) 2026 The therefore.firewall authors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Stand-in for what Windows keeps of its firewall and of a few registry keys: one JSON file per simulated host.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;

namespace StandIn
{
    /// Every change reads the file anew and writes it at once, one process after the other: nothing that somebody else
    /// has changed meanwhile is lost.
    public sealed class Store
    {
        private static readonly JsonSerializerOptions Layout =
            new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        // what the file had when this process read it last: reading costs little, understanding it does not
        private static readonly Dictionary<string, KeyValuePair<byte[], JsonObject>> Known =
            new Dictionary<string, KeyValuePair<byte[], JsonObject>>();

        private readonly string _file;

        /// What the file had when it was read last. To be changed by Change alone.
        public JsonObject Data { get; private set; }

        public Store(string file)
        {
            _file = file;
            Read();
        }

        public JsonObject Read()
        {
            var bytes = File.ReadAllBytes(_file);
            KeyValuePair<byte[], JsonObject> known;
            if (!Known.TryGetValue(_file, out known) || !bytes.AsSpan().SequenceEqual(known.Key))
                known = Known[_file] = KeyValuePair.Create(bytes, JsonNode.Parse(bytes).AsObject());
            Data = known.Value;
            return Data;
        }

        // The object can be made while the service mpssvc does not run; each use of it then ends in the code that RPC has
        // for that, winerror.h EPT_S_NOT_REGISTERED (that it is this one is a reading). Here at methods only: what a
        // property of .NET throws PowerShell does not hand on, as it does with COM.
        public JsonObject Reach()
        {
            if ((bool)(Read()["stopped"] ?? false)) throw Refusal.Stopped("the store says that mpssvc is stopped");
            return Data;
        }

        public void Change(Action<JsonObject> change)
        {
            using (Alone())
            {
                Reach();
                // half a change is none
                Known.Remove(_file);
                change(Data);
                var bytes = Encoding.UTF8.GetBytes(Data.ToJsonString(Layout) + "\n");
                // whole or not at all: a run that is killed leaves a store that can be read
                File.WriteAllBytes(_file + ".new", bytes);
                File.Move(_file + ".new", _file, true);
                Known[_file] = KeyValuePair.Create(bytes, Data);
            }
        }

        private FileStream Alone()
        {
            var until = DateTime.UtcNow + Patience;
            while (true)
            {
                try { return new FileStream(_file + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); }
                catch (IOException) { if (DateTime.UtcNow > until) throw; }
                Thread.Sleep(2);
            }
        }

        public RegistryKey Key(string path)
        {
            foreach (var key in Data["registry"].AsObject())
                if (key.Key.Equals(path, StringComparison.OrdinalIgnoreCase))
                    return new RegistryKey(key.Value.AsObject());
            return null;
        }

        /// Who runs this may read, and not write: the store's "reader".
        public void PermitWriting()
        {
            if ((bool)(Data["reader"] ?? false)) throw Refusal.Denied("netfw.h E_ACCESSDENIED: a user who may only read");
        }
    }

    /// The two methods of Microsoft.Win32.RegistryKey that the module uses.
    public sealed class RegistryKey
    {
        private readonly JsonObject _values;
        internal RegistryKey(JsonObject values) { _values = values; }
        public string[] GetValueNames() { return _values.Select(pair => pair.Key).ToArray(); }
        public object GetValue(string name)
        {
            var value = _values.FirstOrDefault(pair => pair.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
            int number;
            return value == null ? null : value.AsValue().TryGetValue(out number) ? number : (object)(string)value;
        }
    }
}
