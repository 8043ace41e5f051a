# long
# The Debian packages in a bare Debian: nginx alone; then all, of a release before,
# run, upgraded, put back, removed and purged; what systemd says of the units.
# Takes minutes, and root.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Root;

plan skip_all => $_ for OrderSave::Root::lacks();

# both of one tree: an upgrade is to what has a higher number

my $root = OrderSave::Root->new->make;
my %debs = map { ($_ => [$root->packages(version => $_, as => $_ || 'new')]) } '0.8.99', '';
is scalar @{$debs{$_}}, 3, 'three packages, clean to lintian, of ' . ($_ || 'now') for sort keys %debs;
sub of { my ($name, @debs) = @_; return grep { m{/\Q$name\E_[^/]*$} } @debs }

# until 0.9.0 ordersave had the files of ordersave-data, and the module had none
my @before = $root->before('ordersave-data' => 'ordersave', @{$debs{'0.8.99'}});
is scalar @before, 2, 'two packages of a release before';

my ($out, $rc) = $root->inside('apt-get update -qq');
is $rc, 0, 'a bare Debian, which knows of packages' or die $out;

# a machine with nginx alone: the worker is another's

my @alone = (of('libnginx-mod-http-ordersave', @{$debs{''}}), of('ordersave-data', @{$debs{''}}));
is scalar @alone, 2, 'what a machine with nginx alone takes';
($out, $rc) = $root->inside("apt-get -y install --no-install-recommends $alone[0]");
isnt $rc, 0, 'the module without the data';
like $out, qr/libnginx-mod-http-ordersave : Depends: ordersave-data \(= [\d.]+\)/, 'apt says what it lacks';
($out, $rc) = $root->apt(install => '--no-install-recommends', @alone);
is $rc, 0, 'installed, without recommends' or die $out;
ok !-e $root->path("/usr/$_"), "no $_" for qw(bin/ordersavectl sbin/ordersave-worker bin/redis-server);
mkdir $root->path('/etc/ordersave');
$root->inside('cp /usr/share/ordersave/begin.json /etc/ordersave/shop.json');
$root->write('/etc/ordersave/keys', 'k1:' . 'k' x 40 . "\n");
$root->write('/etc/ordersave/hook-secret', 's' x 40 . "\n");
$root->write('/etc/nginx/conf.d/shop.conf', <<'CONF');
ordersave_redis 127.0.0.1:6379;
server {
    listen 127.0.0.1:8380;
    ordersave_store    shop;
    ordersave_campaign /etc/ordersave/shop.json;
    ordersave_key_file /etc/ordersave/keys;
    ordersave_cancel   $ordersave_has_cancel_order;
    ordersave_order_id $ordersave_arg_order_id;
    location /ordersave/ { ordersave_api on; }
    location = /ordersave/in/woocommerce { ordersave_ingest woocommerce secret_file=/etc/ordersave/hook-secret; }
    location / { return 204; }
}
CONF
($out, $rc) = $root->inside('nginx -t');
is $rc, 0, 'nginx takes a campaign' or diag $out;
unlike $out, qr/\[(?:emerg|error)\]/, 'and lacks nothing';
unlink $root->path('/etc/nginx/conf.d/shop.conf');
$root->inside('rm -r /etc/ordersave');
($out, $rc) = $root->apt('purge', 'libnginx-mod-http-ordersave', 'ordersave-data');
is $rc, 0, 'purged' or diag $out;
is_deeply [$root->files('ordersave')], [], 'without a rest';

# all of it, of the release before

($out, $rc) = $root->apt(install => '--no-install-recommends', @before);
is $rc, 0, 'installed' or die $out;
is $root->inside("$_ --version") . '', "$_ 0.8.99\n", "$_ tells its release" for qw(ordersave-worker ordersavectl ordersave-console);
like $root->inside('ls /etc/nginx/modules-enabled') . '', qr/mod-http-ordersave\.conf/, 'nginx loads the module';
($out, $rc) = $root->inside('nginx -t');
is $rc, 0, 'and takes it' or diag $out;
like $root->inside('stat -c "%a %U %G" /etc/ordersave') . '', qr/^750 root ordersave$/, 'a folder for keys';
like $root->inside('getent passwd ordersave') . '', qr{/usr/sbin/nologin}, 'a user without a shell';
like $root->inside("systemctl is-enabled $_ || true") . '', qr/^disabled$/m, "$_ does not run before it is configured" for qw(ordersave-worker ordersave-console);

($out, $rc) = $root->inside('ordersavectl init --yes --site https://mugs.test --name Mugs --address Road --country FR --from a@mugs.test --support b@mugs.test');
is $rc, 0, 'init' or diag $out;
like $root->inside('stat -c "%a %G" /etc/ordersave/keys') . '', qr/^640 ordersave$/, 'the worker may read the keys';
$root->write('/etc/nginx/conf.d/shop.conf', "include /etc/ordersave/nginx-http.conf;\nserver { listen 127.0.0.1:8380; include /etc/ordersave/nginx-server.conf; }\n");
($out, $rc) = $root->inside('nginx -t');
is $rc, 0, "nginx takes init's lines" or diag $out;
($out, $rc) = $root->inside('ordersave-worker -t', 'ordersave');
is $rc, 0, 'the worker takes them as its own user' or diag $out;

# the units

for my $unit (qw(ordersave-worker.service ordersave-worker@.service ordersave-console.service ordersave-report.service ordersave-report.timer)) {
    my $file = "/lib/systemd/system/$unit";
    ok -f $root->path($file), "$unit is there";
    # a template is looked at as one of those that it makes
    my $as = $unit =~ s/\@/\@1/r;
    ($out, $rc) = $root->inside("mkdir -p /tmp/units && ln -sf $file /tmp/units/$as && systemd-analyze verify --man=no /tmp/units/$as");
    is $rc, 0, "$unit: systemd finds no fault" or diag $out;
    next if $unit =~ /timer$/;
    $out = $root->inside("systemd-analyze security --offline=true --no-pager /tmp/units/$as");
    my ($exposure) = $out =~ /exposure level for \S+: ([\d.]+)/;
    cmp_ok $exposure // 10, '<', 2.5, "$unit: exposed little (" . ($exposure // $out) . ')';
}

$root->inside('rm -r /tmp/units');

# upgrade: the shop's own stays as it is

$root->inside('mkdir /etc/ordersave/templates && cp /usr/share/ordersave/templates/top.mustache /etc/ordersave/templates/ && echo "<!-- ours -->" >> /etc/ordersave/templates/top.mustache');
my $sums = 'find /etc/ordersave -type f -exec sha256sum {} + | sort';
my $before = $root->inside($sums);
like $before, qr{/keys\n.*/templates/top\.mustache\n}s, 'files of the shop';
($out, $rc) = $root->apt(install => '--no-install-recommends', @{$debs{''}});
is $rc, 0, 'upgraded' or diag $out;
unlike $root->inside('ordersavectl --version') . '', qr/0\.8\.99/, 'to the new one';
is $root->inside($sums) . '', $before, "the shop's files are as they were";
($out, $rc) = $root->inside('nginx -t');
is $rc, 0, 'nginx goes on' or diag $out;
my $share = 'cd /usr/share/ordersave && find . -type f -exec sha256sum {} + | sort';
my $ours = $root->inside($share);
is $root->inside('dpkg -S /usr/share/ordersave/campaign.schema.json') . '', "ordersave-data: /usr/share/ordersave/campaign.schema.json\n", 'the files have moved into a package of their own';
is $root->inside('dpkg --verify ordersave-data ordersave libnginx-mod-http-ordersave') . '', '', 'none is missing';
is $root->inside('dpkg --audit') . '', '', 'all is configured';
($out, $rc) = $root->apt(install => '--allow-downgrades', '--no-install-recommends', @before);
is $rc, 0, 'and back again' or diag $out;
is $root->inside('dpkg -S /usr/share/ordersave/campaign.schema.json') . '', "ordersave: /usr/share/ordersave/campaign.schema.json\n", 'with its files';
is $root->inside($share) . '', $ours, 'all of them';
is $root->inside('dpkg --audit') . '', '', 'all is configured';
is $root->inside('ordersavectl --version') . '', "ordersavectl 0.8.99\n", 'to the one before';
is $root->inside($sums) . '', $before, "the shop's files are as they were";
($out, $rc) = $root->inside('nginx -t');
is $rc, 0, 'nginx goes on' or diag $out;

# and forward once more, from the release before: nothing was left to stumble over

($out, $rc) = $root->apt(install => '--no-install-recommends', @{$debs{''}});
is $rc, 0, 'upgraded once more' or diag $out;
is $root->inside($share) . '', $ours, 'with all files';

# removed, purged: what is the shop's own stays, and that is said

unlink $root->path('/etc/nginx/conf.d/shop.conf');
($out, $rc) = $root->apt('remove', 'ordersave', 'libnginx-mod-http-ordersave', 'ordersave-data');
is $rc, 0, 'removed' or diag $out;
($out, $rc) = $root->inside('nginx -t');
is $rc, 0, 'nginx works without it' or diag $out;
($out, $rc) = $root->apt('purge', 'ordersave', 'libnginx-mod-http-ordersave', 'ordersave-data');
is $rc, 0, 'purged' or diag $out;
like $out, qr{ordersave: /etc/ordersave has your own files and stays}, 'it says what stays';
is $root->inside($sums) . '', $before, 'all of it';
is_deeply [grep { !m{^/etc/ordersave(/|$)} } $root->files('ordersave')], [], 'and nothing else';

done_testing;
