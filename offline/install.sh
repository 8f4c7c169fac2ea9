#!/bin/sh
# Installs Kaohe from this folder, without the internet; on a machine that has it, upgrades it, with a backup first.
# 从本文件夹离线安装考核系统；已安装的，先备份再升级。
set -eu

dir=/opt/kaohe data=/var/lib/kaohe settings=/etc/kaohe/environment user=kaohe python=

usage() {
  cat <<EOF
用法 / Usage: ./install.sh [--dir $dir] [--data $data] [--settings $settings] [--user $user] [--python /usr/bin/python3.12]

--dir       程序 / the program
--data      数据库、密钥和备份 / the database, its key and backups
--settings  设置（KAOHE_…，含密码，仅 root 可读） / the settings, with secrets
--user      运行程序的用户 / the user who runs it
--python    Python 3.11–3.14（默认自动查找） / found by itself if not given
EOF
}

say() { printf '%s\n' "$1"; }
fail() { printf '%s\n' "$1" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case $1 in
    --dir) dir=$2; shift 2 ;;
    --data) data=$2; shift 2 ;;
    --settings) settings=$2; shift 2 ;;
    --user) user=$2; shift 2 ;;
    --python) python=$2; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

here=$(cd "$(dirname "$0")" && pwd)
cd "$here"

# 1. The files are those that were packed.
sha256sum --quiet --check SHA256SUMS || fail "文件不完整或被改动，请重新复制安装包。/ The files are incomplete or were changed: copy the archive again."

# 2. The machine and its Python.
machine=$(uname -m)
case $here in
  *-linux-"$machine") ;;
  *-linux-*) fail "安装包不是这种机器（$machine）用的。/ This archive is for another machine type than $machine." ;;
esac
suits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; }
if [ -z "$python" ]; then
  for name in python3.14 python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null 2>&1 && suits "$name"; then python=$(command -v "$name"); break; fi
  done
fi
[ -n "$python" ] && suits "$python" ||
  fail "需要 Python 3.11–3.14（含 venv 和 pip）。请先安装，或用 --python 指明。/ Python 3.11 to 3.14 with venv and pip is needed: install it, or name it with --python."

# 3. The user. Without root, everything belongs to whoever runs this.
is_root=false
[ "$(id -u)" -eq 0 ] && is_root=true
if ! $is_root; then user=$(id -un)
elif ! id "$user" >/dev/null 2>&1; then
  useradd --system --home-dir "$data" --shell /usr/sbin/nologin "$user"
fi
as_user() {
  if $is_root && [ "$user" != "$(id -un)" ]; then setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups "$@"; else "$@"; fi
}

mkdir -p "$dir/releases" "$data/backups" "$(dirname "$settings")"
if $is_root; then chown "$user:$(id -g "$user")" "$data" "$data/backups"; fi
chmod 700 "$data"
if [ ! -e "$settings" ]; then
  (umask 077 && printf 'KAOHE_DATABASE=sqlite:///%s/kaohe.db\n' "$data" > "$settings")
fi

# The command for people: `DIR/kaohe`. It reads the settings and runs as the user.
run() { (set -a; . "$settings"; set +a; cd "$data" && as_user "$@"); }
has_systemd=false
if $is_root && [ -d /run/systemd/system ]; then has_systemd=true; fi

# 4. What is there is backed up and stopped before anything changes.
old=
if [ -e "$dir/current/.venv/bin/kaohe" ]; then
  old=$(cd "$dir/current" && pwd -P)
  say "备份 / Backing up …"
  if $has_systemd; then systemctl stop kaohe.service kaohe-clock.service 2>/dev/null || true; fi
  run "$old/.venv/bin/kaohe" backup "$data/backups" || fail "备份失败，未作任何改动。/ The backup failed; nothing was changed."
fi

# 5. The new release beside the old one.
version=$(sed -n 's/^version = "\(.*\)"/\1/p' program/pyproject.toml)
new=$dir/releases/$version-$(sha256sum SHA256SUMS | cut -c1-12)
if [ ! -e "$new/ready" ]; then
  say "安装 $version / Installing $version …"
  rm -rf "$new"
  cp -r program "$new"
  "$python" -m venv "$new/.venv"
  pip="$new/.venv/bin/python -m pip --quiet --disable-pip-version-check --no-cache-dir"
  $pip install --no-index -f wheels --require-hashes -r "$new/requirements.lock"
  (cd "$new" && $pip install --no-index --no-deps --no-build-isolation --editable .)
  "$new/.venv/bin/python" -m compileall -q -x '/\.venv/' "$new"
  touch "$new/ready"
fi
ln -sfn "$new" "$dir/current"

cat > "$dir/kaohe" <<EOF
#!/bin/sh
# kaohe with the settings of this machine, as the user who runs it.
set -a; . "$settings"; set +a
cd "$data"
if [ "\$(id -u)" -eq 0 ] && [ "$user" != root ]; then
  exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups "$dir/current/.venv/bin/kaohe" "\$@"
fi
exec "$dir/current/.venv/bin/kaohe" "\$@"
EOF
chmod 755 "$dir/kaohe"

# 6. An old database takes the new form; if that fails, the old release is back.
if [ -n "$old" ]; then
  if ! run "$new/.venv/bin/kaohe" migrate; then
    ln -sfn "$old" "$dir/current"
    fail "升级失败，已回到原版本；备份在 $data/backups。/ The upgrade failed and the old release is back; the backup is in $data/backups."
  fi
fi

# 7. The services.
if $has_systemd; then
  for unit in kaohe.service kaohe-clock.service; do
    sed -e "s|@DIR@|$dir|g; s|@DATA@|$data|g; s|@SETTINGS@|$settings|g; s|@USER@|$user|g" "$unit" > "/etc/systemd/system/$unit"
  done
  systemctl daemon-reload
  if [ -n "$old" ]; then systemctl start kaohe.service kaohe-clock.service; fi
fi

say "体检 / Checking …"
run "$new/.venv/bin/kaohe" doctor || true

if [ -n "$old" ]; then
  say "已升级到 $version。/ Upgraded to $version."
else
  say "已安装 $version。下一步 / Installed $version. Next:"
  say "  $dir/kaohe init      # 建库，打印三名管理员的链接 / makes the database, prints the links of three administrators"
  if $has_systemd; then say "  systemctl enable --now kaohe.service kaohe-clock.service"; else say "  $dir/kaohe serve"; fi
  say "  nginx.conf、program/docs/operating.md"
fi
