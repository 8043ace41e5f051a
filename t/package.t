# long
# The Debian packages in a bare Debian: installed, run, upgraded, removed and
# purged; what systemd says of the units. Takes minutes, and root.

use strict;
use warnings;
use lib 't/lib';

use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use Test::More;

plan skip_all => 'with --full: it makes a bare Debian' if !$ENV{ORDERSAVE_FULL};
plan skip_all => 'as root' if $>;
plan skip_all => "no $_" for grep { system "command -v $_ >/dev/null" } qw(mmdebstrap dpkg-buildpackage lintian);

my $root = tempdir('ordersave-root-XXXXXX', TMPDIR => 1, CLEANUP => 0);
my %debs;
sub sh { my ($what) = @_; my $out = `$what 2>&1`; return ($? >> 8, $out) }
sub inside { my ($rc, $out) = sh("chroot $root sh -c '$_[0]'"); return wantarray ? ($out, $rc) : $out }

# both of one tree: an upgrade is to what has a higher number
for my $version ('0.8.99', '') {
    my ($rc, $out) = sh('ORDERSAVE_VERSION=' . $version . ' ./build.sh package');
    is $rc, 0, 'packages' . ($version && " of $version") or BAIL_OUT($out);
    my $name = $version || 'new';
    mkdir "$root/$name.debs";
    system "cp build/packages/*_amd64.deb build/packages/*_arm64.deb $root/$name.debs/ 2>/dev/null; rm -f $root/$name.debs/*dbgsym*";
    $debs{$name} = [map { s{^\Q$root\E}{}r } glob "$root/$name.debs/*.deb"];
    is scalar @{$debs{$name}}, 2, 'two of them, clean to lintian';
}

# sources and keys as this machine has them
my ($rc, $out) = sh("mmdebstrap --variant=minbase --skip=check/empty --include=ca-certificates"
    . " bookworm $root " . (-f '/etc/apt/sources.list.d/debian.sources' ? '/etc/apt/sources.list.d/debian.sources' : '/etc/apt/sources.list'));
is $rc, 0, 'a bare Debian' or BAIL_OUT($out);
open my $policy, '>', "$root/usr/sbin/policy-rc.d" or die $!;
print $policy "#!/bin/sh\nexit 101\n";
close $policy;
chmod 0755, "$root/usr/sbin/policy-rc.d";
sh("mount --bind /dev $root/dev; mount -t proc proc $root/proc; cp /etc/resolv.conf $root/etc/; cp /etc/apt/apt.conf.d/*proxy* $root/etc/apt/apt.conf.d/");
END { if ($root && $$ == $main::pid) { my $kept = $?; system "umount $root/proc $root/dev 2>/dev/null; rm -rf --one-file-system $root"; $? = $kept } }
BEGIN { $main::pid = $$ }

my $old = join ' ', @{$debs{'0.8.99'}};
my $new = join ' ', @{$debs{new}};
($out, $rc) = inside("apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $old");
is $rc, 0, 'installed' or BAIL_OUT($out);
is inside('ordersave-worker --version'), "ordersave-worker 0.8.99\n", 'the worker';
is inside('ordersavectl --version'), "ordersavectl 0.8.99\n", 'ordersavectl';
is inside('ordersave-console --version'), "ordersave-console 0.8.99\n", 'the console';
like inside('ls /etc/nginx/modules-enabled'), qr/mod-http-ordersave\.conf/, 'nginx loads the module';
($out, $rc) = inside('nginx -t');
is $rc, 0, 'and takes it' or diag $out;
like inside('stat -c "%a %U %G" /etc/ordersave'), qr/^750 root ordersave$/, 'a folder for keys';
like inside('getent passwd ordersave'), qr{/usr/sbin/nologin}, 'a user without a shell';
like inside('systemctl is-enabled ordersave-worker || true'), qr/disabled/, 'nothing runs before it is configured';

($out, $rc) = inside('ordersavectl init --yes --site https://mugs.test --name Mugs --address Road --country FR --from a@mugs.test --support b@mugs.test');
is $rc, 0, 'init' or diag $out;
like inside('stat -c "%a %G" /etc/ordersave/keys'), qr/^640 ordersave$/, 'the worker may read the keys';
open my $conf, '>', "$root/etc/nginx/conf.d/shop.conf" or die $!;
print $conf "include /etc/ordersave/nginx-http.conf;\nserver { listen 127.0.0.1:8380; include /etc/ordersave/nginx-server.conf; }\n";
close $conf;
($out, $rc) = inside('nginx -t');
is $rc, 0, "nginx takes init's lines" or diag $out;
($out, $rc) = inside('su -s /bin/sh ordersave -c "ordersave-worker -t"');
is $rc, 0, 'the worker takes them as its own user' or diag $out;

# the units

for my $unit (qw(ordersave-worker.service ordersave-worker@1.service ordersave-console.service)) {
    my $file = "$root/lib/systemd/system/" . ($unit =~ s/\@1/\@/r);
    ok -f $file, "$unit is there";
    ($out, $rc) = inside("systemd-analyze verify --man=no /lib/systemd/system/" . ($unit =~ s/\@1/\@/r));
    is $rc, 0, "$unit: systemd finds no fault" or diag $out;
    ($out) = inside("systemd-analyze security --offline=true /lib/systemd/system/" . ($unit =~ s/\@1/\@/r));
    my ($exposure) = $out =~ /exposure level for \S+: ([\d.]+)/;
    cmp_ok $exposure // 10, '<', 2.5, "$unit: exposed little (" . ($exposure // $out) . ')';
}

# upgrade: the shop's own stays as it is

my $before = inside('cd /etc/ordersave && sha256sum *');
mkdir "$root/etc/ordersave/templates";
inside('cp /usr/share/ordersave/templates/top.mustache /etc/ordersave/templates/ && echo "<!-- ours -->" >> /etc/ordersave/templates/top.mustache');
($out, $rc) = inside("DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $new");
is $rc, 0, 'upgraded' or diag $out;
unlike inside('ordersavectl --version'), qr/0\.8\.99/, 'to the new one';
is inside('cd /etc/ordersave && sha256sum $(ls -p | grep -v /)'), $before, "the shop's files are as they were";
like inside('cat /etc/ordersave/templates/top.mustache'), qr/ours/, 'its templates too';
($out, $rc) = inside('nginx -t');
is $rc, 0, 'nginx goes on' or diag $out;
($out, $rc) = inside("DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --allow-downgrades --no-install-recommends $old");
is $rc, 0, 'and back again' or diag $out;

# removed, purged: what is the shop's own stays, and that is said

unlink "$root/etc/nginx/conf.d/shop.conf";
($out, $rc) = inside('DEBIAN_FRONTEND=noninteractive apt-get remove -y -qq ordersave libnginx-mod-http-ordersave');
is $rc, 0, 'removed' or diag $out;
($out, $rc) = inside('nginx -t');
is $rc, 0, 'nginx works without it' or diag $out;
($out, $rc) = inside('DEBIAN_FRONTEND=noninteractive apt-get purge -y -qq ordersave libnginx-mod-http-ordersave');
is $rc, 0, 'purged' or diag $out;
like $out, qr{ordersave: /etc/ordersave has your own files and stays}, 'it says what stays';
ok -f "$root/etc/ordersave/keys", 'the keys';
my $left = join '', grep { !m{^/etc/ordersave|^/var/lib/ordersave|\.debs} } split /^/, inside('find / -xdev -name "*ordersave*" -not -path "/proc/*" -not -path "*.debs*" -not -path "/var/log/*"');
is $left, '', 'and nothing else';

done_testing;
