# check --live: does the tracking service take our key? It is asked about a number
# that is nobody's, and nothing is registered.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Carriers;
use OrderSave::Ports qw(free_port);
use OrderSave::Track;

my $t = OrderSave::Track->new;
my $c = OrderSave::Carriers->new($t->path('.'));
$c->open;
my @all = qw(aftership easypost shippo 17track ship24 karrio);
my $service = sub { my ($by, %o) = @_; return {key_file => $t->write("$by.key", "$OrderSave::Carriers::KEYS{$by}\n"), url => $c->url, %o} };
my $with = sub {
    my ($by, %o) = @_;
    $t->{overrides}{track} = {follow => {by => $by, codes => {ups => 'ups', '*' => 'other'}}};
    $t->write('campaign.json', encode_json($t->campaign));
    $t->configure(carriers => {$by => $service->($by, %o)});
};
$t->start(no_worker => 1, redis => {args => ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']});

sub live { my ($rc, $out, $err) = $t->ctl('check', '--live'); utf8::decode($_) for $out, $err; return $out . $err }
sub finds { my ($by, $what, $says) = @_; my $out = live(); like $out, qr/^not ok - shop: $by at \S+ takes our key: $says/m, $what or diag $out }

unlike live(), qr/aftership at \S+ takes our key/m, 'whoever has no key is asked nothing';

for my $by (@all) {
    $with->($by);
    my $out = live();
    like $out, qr/^ok - shop: $by at 127\.0\.0\.1:\d+ takes our key$/m, "$by: a key that it takes" or diag $out;
    $t->write("$by.key", "another\n");
    finds($by, "$by: another key", qr/401.*: it does not take the key: look at the file of carriers\.$by\.key_file/);
}

is_deeply [map { $_->{what} } $c->calls('register')], [], 'nothing was registered';
is scalar(grep { $_->{number} ne 'ORDERSAVE0CHECK' } $c->calls), 0, 'nor anybody\'s number asked for';

# not only a key can be wrong

my @bad = (
    [403, qr/403.*: it does not let us in: is the key of this account/],
    [402, qr/402.*: it wants to be paid: look at the account's plan/],
    [429, qr/429.*: it was asked too often/],
    [500, qr/500.*: it fails itself/],
    ['html', qr/200.*: that is a page and no answer of an API: look at carriers\.aftership\.url/],
    ['drop', qr/.*: it hung up: look at carriers\.aftership\.url/],
);
for my $bad (@bad) {
    my ($how, $says) = @$bad;
    $with->('aftership');
    $c->do(fault => {how => $how, times => 1});
    finds('aftership', "it says $how", $says);
    $c->do(well => {});
}
$with->('aftership');
$c->do(fault => {how => {status => 403, says => "no account for $OrderSave::Carriers::KEYS{aftership}"}, times => 1});
my $said = live();
like $said, qr/no account for \*+/, 'a service that repeats our key';
unlike $said, qr/\Q$OrderSave::Carriers::KEYS{aftership}\E/, 'is not repeated';
$c->do(well => {});
$with->('aftership', url => 'http://127.0.0.1:' . free_port());
finds('aftership', 'nobody is there', qr/.*: nothing listens there: is it up, is the port of carriers\.aftership\.url right/);
$with->('aftership', url => 'https://tracking.invalid');
finds('aftership', 'no such name', qr/.*: there is no such host: look at carriers\.aftership\.url/);
$with->("aftership", url => $t->{demo}->url =~ s/^http/https/r);
finds('aftership', 'no TLS', qr/.*: no TLS is spoken there/);

$t->stop;
done_testing;
