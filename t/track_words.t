# Every message about parcels in every language: what it must say, and SMS of
# at most two messages whatever the product and the shop are called.
# long

use strict;
use warnings;
use utf8;
use lib 't/lib';

use Encode qw(decode encode);
use JSON::PP;
use Test::More;
use OrderSave::Track;

binmode $_, ':utf8' for Test::More->builder->output,
    Test::More->builder->failure_output;

my $brand = '한국도자기 서울 공방 🏺 온라인 상점';
my $t = OrderSave::Track->new(campaign => {
    site => 'https://shop.example', brand => {name => $brand},
    locales => [qw(en id ko fr)], track => {}})->start(no_worker => 1);
$t->start_worker;

my @all = qw(confirmed shipped in_transit out_for_delivery delivered
             delivered_all delayed stalled not_shipped attempt_failed
             ready_for_pickup exception returned);
my %todo = map { $_ => 1 } qw(delayed stalled not_shipped attempt_failed
                              ready_for_pickup exception returned);
my $file = $t->path('out');

sub render {
    my ($name, $locale, $kind, @order) = @_;
    unlink $file;
    my ($rc, $out, $err) = $t->ctl('render', $name, @order, '-l', $locale,
                                   '-k', $kind, '-o', $file);
    diag $err if $rc;
    return $rc ? '' : decode('UTF-8', $t->read('out'));
}

# Units of UCS-2, where a text has anything that GSM has not.
sub segments {
    my ($text) = @_;
    my $gsm = $text =~ /\A[\n -_a-~£¥èéùìòÇØøÅåÄÖÑÜ§äöñüà¿¡ßÆæÉ€]*\z/;
    my $units = $gsm ? length($text) + (() = $text =~ /[\[\]{}\\~^|€]/g)
                     : length(encode('UTF-16BE', $text)) / 2;
    my ($one, $part) = $gsm ? (160, 153) : (70, 67);
    return $units <= $one ? 1 : int(($units + $part - 1) / $part);
}

is segments('a' x 160), 1, 'the measure';
is segments('한' x 71), 2, 'of both alphabets';

# in two alphabets; with --full in all languages that have a reader here
my @locales = $ENV{ORDERSAVE_FULL} ? qw(en id ko fr) : qw(fr ko);

for my $locale (@locales) {
    my @bad;

    for my $name (@all) {
        my $mail = render($name, $locale, 'mail');
        my $html = render($name, $locale, 'html');
        my $sms = render($name, $locale, 'sms');
        my $unit = $name =~ /^(confirmed|not_shipped)$/;
        push @bad, "$name: subject" if $mail !~ /\ASubject: [^\n]*1042/;
        push @bad, "$name: tag" if "$mail$html$sms" =~ /\{\{|\}\}/;
        push @bad, "$name: blank lines" if $mail =~ /\n\n\n/;
        push @bad, "$name: language" if $html !~ /<html lang="$locale"/;
        push @bad, "$name: link" if $mail !~ m{/ordersave/track/k1\.};
        push @bad, "$name: answer"
            if !!$todo{$name} != ($mail =~ m{/ordersave/answer/k1\.});
        push @bad, "$name: bought" if $mail !~ /Blue mug with a lid/;
        push @bad, "$name: number"
            if !$unit && $name ne 'delivered_all' && $html !~ /<bdi>0034043416/;
        push @bad, "$name: contact" if $mail !~ /help\@shop\.test/;
        push @bad, "$name: date"
            if $name eq 'delayed' && $sms !~ /2[34]/;
        push @bad, "$name: short link"
            if $sms !~ m{ https://shop\.example/o/sample-code-14$};
        push @bad, "$name: $1 " . segments($sms) . " SMS"
            if $sms =~ /(.*)/s && segments($sms) > 2;
    }

    is_deeply \@bad, [], "$locale: all of them";
}

# a product whose name is long, and cannot be cut anywhere
my $long = '도자기 세트 👩‍👩‍👧‍👦👨‍👩‍👧 가족용 대형 접시와 그릇 ' x 4;
my $o = $t->{demo}->order(customer => 'ada', locale => 'ko');
$o->{order}{line_items}[0]{name} = $long;
$o->{order}{billing}{phone} = '+4930901820';
$o->{order}{billing}{country} = 'DE';
push @{$o->{order}{meta_data}},
    {key => '_ordersave_consent_sms', value => 'yes'},
    {key => '_wc_shipment_tracking_items',
     value => [{tracking_number => 'KO1'}]};
$o->{order}{status} = 'completed';
$t->webhook($o->{order});
$t->wait_for('the parcel', sub { $t->parcel($o, 'KO1') });

my $whole = "👩\x{200d}👩\x{200d}👧\x{200d}👦";
for my $locale (@locales) {
    my @bad;
    for my $name (@all) {
        my $sms = render($name, $locale, 'sms', $o->{order}{id});
        push @bad, "$name: " . segments($sms) . ' ' . length($sms) . " $sms"
            if segments($sms) > 2 || $sms !~ m{/o/sample-code-14$};
        push @bad, "$name: cut through a family: $sms"
            if $sms =~ /\x{200d}(?![\x{1f466}-\x{1f469}])/
            || ($sms =~ /👩/ && $sms !~ /$whole/);
    }
    is_deeply \@bad, [], "$locale: two SMS at most, with names cut between "
        . 'characters';
}

my ($rc, $out) = $t->ctl('check');
like $out, qr/^ok - short links of at most 40 characters/m, 'check measures';

$t->write('campaign.json', JSON::PP->new->utf8->encode($t->campaign(
    site => 'https://a-shop-of-a-long-name.example')));
($rc, $out) = $t->ctl('check');
like $out, qr/^not ok - short links .*: https:\S{40,}$/m,
    'and warns of a site that is too long';

$t->stop;
done_testing;
